//! What a resource is called: its URL without what only proves that one may fetch it.
//!
//! Video addresses are signed, and the signature changes from hour to hour while the bytes stay the same. A key keeps
//! scheme, host, path and the query's other parameters. That two resources get one key by mistake is caught by the
//! [`crate::Validator`]; that one resource gets two only costs room. So a parameter with a common name (`t`, `e`,
//! `expires`, …) goes only where a signature stands beside it.

use std::fmt;

/// The identity of a resource, which outlives a change of its URL's signature.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceKey(String);

/// Which parameters of a query belong to a key, beside what is known of the usual signatures. Names are compared
/// without regard to (ASCII) case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyRules {
    /// Parameters that are dropped too.
    pub drop: Vec<String>,
    /// Parameters that stay, whatever else is known of them.
    pub keep: Vec<String>,
}

/// Parameters that are nothing but signature, wherever they stand.
const ALWAYS: &[&str] = &[
    // Alibaba Cloud CDN and Volcengine, type A; Huawei Cloud CDN, type C.
    "auth_key",
    "auth_info",
    // Tencent Cloud CDN, type D, and live streams.
    "txsecret",
    "txtime",
    // Wangsu.
    "wssecret",
    "wstime",
    // Akamai edge authentication 2.0.
    "hdnts",
    "hdnea",
    "hdntl",
    "__token__",
    "__gda__",
    // Bunny's path tokens.
    "bcdn_token",
    // ByteDance.
    "x-signature",
    "x-expires",
    // Alibaba OSS, version 4. Not all of `x-oss-`: `x-oss-process` asks for other bytes.
    "x-oss-signature-version",
    "x-oss-signature",
    "x-oss-credential",
    "x-oss-date",
    "x-oss-expires",
    "x-oss-additional-headers",
    "x-oss-security-token",
    // Tencent COS.
    "q-sign-algorithm",
    "q-ak",
    "q-sign-time",
    "q-key-time",
    "q-header-list",
    "q-url-param-list",
    "q-signature",
    "x-cos-security-token",
    // What everybody calls it.
    "token",
    "access_token",
    "sig",
    "sign",
    "signature",
];

/// Amazon S3 with signature version 4, and Google Cloud Storage's counterpart: everything so named is signature.
const ALWAYS_PREFIXES: &[&str] = &["x-amz-", "x-goog-"];

/// Parameters that go where one of the marks stands in the same query: `(marks, parameters)`.
const BESIDE: &[(&[&str], &[&str])] = &[
    // CloudFront's signed URLs.
    (&["key-pair-id"], &["key-pair-id", "expires", "policy", "hash-algorithm"]),
    // S3 with signature version 2, Google Cloud Storage's V2, Alibaba OSS's V1.
    (
        &["awsaccesskeyid", "googleaccessid", "ossaccesskeyid"],
        &["awsaccesskeyid", "googleaccessid", "ossaccesskeyid", "expires", "security-token"],
    ),
    // Google Cloud CDN and Media CDN.
    (&["keyname"], &["keyname", "expires", "urlprefix"]),
    // Azure's shared access signatures.
    (
        &["sig"],
        &[
            "sv", "se", "st", "sp", "sr", "spr", "sip", "si", "ss", "srt", "sdd", "ses", "skoid", "sktid", "skt",
            "ske", "sks", "skv", "saoid", "suoid", "scid",
        ],
    ),
    // Tencent VOD: `exper` and `rlimit` stay away from this list, since the first asks for other bytes.
    (&["sign"], &["t", "us"]),
    // nginx secure_link: `md5` with `expires`, or `st` with `e`.
    (&["expires"], &["md5"]),
    (&["st"], &["e"]),
    (&["e"], &["st"]),
    // Bunny and Fastly.
    (&["token"], &["token_path", "token_countries"]),
    // The time until which any of the above holds. Qiniu: `e` with `token`.
    (
        &["token", "access_token", "sig", "sign", "signature", "md5"],
        &["e", "expires", "expire", "expiry", "exp", "deadline", "ts", "timestamp", "nonce"],
    ),
];

impl ResourceKey {
    /// A key by itself, for what is known by something better than its URL.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The key of an absolute URL: scheme and host in lower case, without user, password, default port and fragment,
    /// with the parameters that remain in the order of their names. Escapes stay as they are.
    pub fn of_url(url: &str, rules: &KeyRules) -> Self {
        let url = url.split('#').next().unwrap_or_default();
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let mut key = match place.split_once("://") {
            Some((scheme, rest)) => origin_and_path(scheme, rest),
            None => place.to_owned(),
        };
        let mut parameters: Vec<_> = query.split('&').filter(|parameter| !parameter.is_empty()).collect();
        let names: Vec<_> = parameters.iter().map(|parameter| name(parameter)).collect();
        parameters.retain(|parameter| !rules.drops(&name(parameter), &names));
        // Stable: parameters of one name may be a list, whose order counts.
        parameters.sort_by_key(|parameter| name(parameter));
        if !parameters.is_empty() {
            key.push('?');
            key.push_str(&parameters.join("&"));
        }
        Self(key)
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ResourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl KeyRules {
    fn drops(&self, name: &str, beside: &[String]) -> bool {
        let named = |list: &[String]| list.iter().any(|other| other.eq_ignore_ascii_case(name));
        if named(&self.keep) {
            return false;
        }
        let marked = |marks: &[&str]| beside.iter().any(|name| marks.contains(&name.as_str()));
        named(&self.drop)
            || ALWAYS.contains(&name)
            || ALWAYS_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
            || BESIDE.iter().any(|(marks, names)| names.contains(&name) && marked(marks))
    }
}

fn name(parameter: &str) -> String {
    parameter.split('=').next().unwrap_or_default().to_ascii_lowercase()
}

fn origin_and_path(scheme: &str, rest: &str) -> String {
    let scheme = scheme.to_ascii_lowercase();
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host).to_ascii_lowercase();
    let default_port = match scheme.as_str() {
        "http" => ":80",
        "https" => ":443",
        _ => "",
    };
    let host = host.strip_suffix(default_port).unwrap_or(&host);
    let path = if path.is_empty() { "/" } else { path };
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(url: &str) -> String {
        ResourceKey::of_url(url, &KeyRules::default()).0
    }

    #[test]
    fn signatures_of_the_usual_hosts_do_not_count() {
        for query in [
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a%2Fb&X-Amz-Date=1&X-Amz-Expires=9&X-Amz-Signature=c",
            "AWSAccessKeyId=a&Expires=1&Signature=b",
            "Expires=1&Signature=b&Key-Pair-Id=c",
            "Policy=a&Signature=b&Key-Pair-Id=c",
            "X-Goog-Algorithm=a&X-Goog-Date=b&X-Goog-Signature=c",
            "GoogleAccessId=a&Expires=1&Signature=b",
            "sv=2022-11-02&st=1&se=2&sr=b&sp=r&sig=c",
            "OSSAccessKeyId=a&Expires=1&Signature=b",
            "auth_key=1700000000-0-0-abc",
            "txSecret=a&txTime=b",
            "t=a&us=b&sign=c",
            "hdnts=exp=1~acl=/*~hmac=a",
            "__token__=a",
            "token=a&expires=1",
            "e=1&token=a",
            "st=a&e=1",
            "md5=a&expires=1",
        ] {
            assert_eq!(key(&format!("https://cdn.example/v/1.mp4?{query}")), "https://cdn.example/v/1.mp4", "{query}");
        }
    }

    #[test]
    fn what_selects_bytes_stays() {
        for query in
            ["t=90", "e=12", "exper=30", "expires=never", "id=7", "sp=1&sr=2", "versionId=a", "x-oss-process=a"]
        {
            assert_eq!(key(&format!("https://cdn.example/v?{query}")), format!("https://cdn.example/v?{query}"));
        }
        assert_eq!(key("https://a/v?id=7&sign=x&t=1&exper=30"), "https://a/v?exper=30&id=7");
    }

    #[test]
    fn order_case_of_the_host_user_port_and_fragment_do_not_count() {
        assert_eq!(key("HTTPS://me:secret@CDN.example:443?b=2&a=1&b=1#t=5"), "https://cdn.example/?a=1&b=2&b=1");
        assert_eq!(key("http://cdn.example:8080/A?"), "http://cdn.example:8080/A");
        assert_ne!(key("https://cdn.example/A"), key("https://cdn.example/a"));
        assert_ne!(key("https://cdn.example/a?x=A"), key("https://cdn.example/a?x=a"));
    }

    #[test]
    fn rules_add_and_exempt_parameters() {
        let rules = KeyRules { drop: vec!["session".to_owned()], keep: vec!["Token".to_owned()] };
        let key = ResourceKey::of_url("https://a/v?Session=1&token=2&sign=3", &rules);
        assert_eq!(key.as_str(), "https://a/v?token=2");
    }
}
