// The shape of a language, and the names of its messages.

import type en from "./en";

/** Every language says all of this. */
export type Messages = typeof en;

type Paths<T> = { [K in keyof T & string]: T[K] extends string ? K : `${K}.${Paths<T[K]>}` }[keyof T & string];
type WithoutNumber<K> = K extends `${infer Base}_one` | `${infer Base}_other` ? Base : K;

/** The name of a message, without the ending of its form of number. */
export type MessageKey = WithoutNumber<Paths<Messages>>;

/** Data for a message. */
export type MessageData = Record<string, string | number>;
