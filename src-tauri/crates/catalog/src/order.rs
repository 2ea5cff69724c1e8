//! Natural order: `EP2` before `EP10`, whatever the case, the script of the digits or the padding.
//!
//! Names are compared by keys whose order is derived, hence total. (The `natord` crate reads a leading zero as the
//! begin of a fraction, so that `010` comes before `9`; and sorting may panic where an order is not total.)

use crate::text::fold;

/// A name, ready to be compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NaturalKey {
    tokens: Vec<Token>,
    /// The name itself, so that only equal names are equal.
    name: String,
}

/// Numbers come before words. A number is its count of digits without leading zeros, then the digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Token {
    Number(usize, String),
    Word(String),
}

/// The key of a name.
pub(crate) fn natural_key(name: &str) -> NaturalKey {
    let folded = fold(name);
    let mut tokens = Vec::new();
    let mut rest = folded.as_str();
    while let Some(first) = rest.chars().next() {
        let is_number = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != is_number).unwrap_or(rest.len());
        let (token, after) = rest.split_at(end);
        tokens.push(if is_number {
            let digits = token.trim_start_matches('0');
            Token::Number(digits.len(), digits.to_owned())
        } else {
            // `EP 1` and `EP1` differ in nothing that an order should show.
            Token::Word(token.trim_end_matches([' ', '.', '_', '-']).to_owned())
        });
        rest = after;
    }
    NaturalKey { tokens, name: name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sort_by_value_with_any_padding_case_and_script() {
        let mut names = ["ep10", "EP9", "ep010b", "Ep 1", "ep２", "EP011", "9", "10", "第9集", "第10集"];
        names.sort_by_key(|n| natural_key(n));
        assert_eq!(names, ["9", "10", "Ep 1", "ep２", "EP9", "ep10", "ep010b", "EP011", "第9集", "第10集"]);
    }
}
