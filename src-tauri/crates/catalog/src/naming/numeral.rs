//! Numbers as names write them: ASCII digits (folded from other scripts) and Chinese numerals.

/// The value of `12`, `十二`, `一百零二`, `一百二` (120) or `一〇二`. `None` past five digits: that is a hash or a time stamp.
pub(crate) fn number(text: &str) -> Option<u32> {
    let text = text.trim();
    if text.bytes().all(|b| b.is_ascii_digit()) {
        return if (1..=5).contains(&text.len()) { text.parse().ok() } else { None };
    }
    let count = text.chars().count();
    if count > 9 {
        return None;
    }
    if count > 1 && text.chars().all(|c| digit(c).is_some()) {
        // Digit by digit: 一〇二.
        let value = text.chars().filter_map(digit).fold(0u64, |value, d| value * 10 + u64::from(d));
        return u32::try_from(value).ok().filter(|v| *v <= 99_999);
    }
    let (mut total, mut pending, mut last_unit, mut after_zero) = (0u32, None, 1u32, false);
    for c in text.chars() {
        if let Some(d) = digit(c) {
            if pending.is_some() && pending != Some(0) {
                return None;
            }
            after_zero |= d == 0;
            pending = Some(d);
        } else {
            let unit = unit(c)?;
            // 十二 is 一十二.
            total = total.checked_add(pending.filter(|d| *d > 0).unwrap_or(1).checked_mul(unit)?)?;
            (pending, last_unit, after_zero) = (None, unit, false);
        }
    }
    let last = pending.unwrap_or(0);
    // 一百二 is 120, 一百零二 is 102, 十二 is 12.
    let scale = if last_unit >= 100 && !after_zero { last_unit / 10 } else { 1 };
    total.checked_add(last.checked_mul(scale)?).filter(|v| *v <= 99_999)
}

fn digit(c: char) -> Option<u32> {
    Some(match c {
        '0'..='9' => c as u32 - '0' as u32,
        '〇' | '零' => 0,
        '一' | '壹' => 1,
        '二' | '两' | '兩' | '贰' => 2,
        '三' | '叁' => 3,
        '四' => 4,
        '五' => 5,
        '六' => 6,
        '七' => 7,
        '八' => 8,
        '九' => 9,
        _ => return None,
    })
}

fn unit(c: char) -> Option<u32> {
    Some(match c {
        '十' | '拾' => 10,
        '百' | '佰' => 100,
        '千' | '仟' => 1000,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn chinese_numerals_and_digits_are_read() {
        let cases = [
            ("12", 12),
            ("00012", 12),
            ("一", 1),
            ("十", 10),
            ("十二", 12),
            ("二十", 20),
            ("二十一", 21),
            ("一百", 100),
            ("一百零二", 102),
            ("一百二", 120),
            ("一百一十二", 112),
            ("一〇二", 102),
            ("两千零三", 2003),
            ("零", 0),
        ];
        for (text, value) in cases {
            assert_eq!(number(text), Some(value), "{text}");
        }
        for text in ["", "123456", "x", "百x", "千千千千千千千千千千", "一百一二三"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
