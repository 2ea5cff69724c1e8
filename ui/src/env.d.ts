// Constants that the build puts in.

/** Version of the interface, from package.json. */
declare const __APP_VERSION__: string;
/** Licence, from package.json. */
declare const __APP_LICENCE__: string;
