//! Market of a phone number.

use std::fmt;

/// Calling codes with the countries that use them, in ISO 3166-1 alpha-2. Codes within another code are those of countries with a market of
/// their own, such as the Caribbean countries of the code 1 and Kazakhstan within the code 7.
///
/// <https://www.itu.int/rec/T-REC-E.164>
const MARKETS: &str = "\
    1:US,CA 1242:BS 1246:BB 1264:AI 1268:AG 1284:VG 1340:VI 1345:KY 1441:BM 1473:GD 1649:TC 1658:JM 1664:MS 1670:MP 1671:GU \
    1684:AS 1721:SX 1758:LC 1767:DM 1784:VC 1787:PR 1809:DO 1829:DO 1849:DO 1868:TT 1869:KN 1876:JM 1939:PR \
    7:RU 76:KZ 77:KZ 20:EG 27:ZA 30:GR 31:NL 32:BE 33:FR 34:ES 36:HU 39:IT,VA 40:RO 41:CH 43:AT 44:GB,GG,IM,JE 45:DK 46:SE \
    47:NO,SJ 48:PL 49:DE 51:PE 52:MX 53:CU 54:AR 55:BR 56:CL 57:CO 58:VE 60:MY 61:AU,CC,CX 62:ID 63:PH 64:NZ 65:SG 66:TH \
    81:JP 82:KR 84:VN 86:CN 90:TR 91:IN 92:PK 93:AF 94:LK 95:MM 98:IR \
    211:SS 212:MA,EH 213:DZ 216:TN 218:LY 220:GM 221:SN 222:MR 223:ML 224:GN 225:CI 226:BF 227:NE 228:TG 229:BJ 230:MU 231:LR \
    232:SL 233:GH 234:NG 235:TD 236:CF 237:CM 238:CV 239:ST 240:GQ 241:GA 242:CG 243:CD 244:AO 245:GW 246:IO 247:AC 248:SC \
    249:SD 250:RW 251:ET 252:SO 253:DJ 254:KE 255:TZ 256:UG 257:BI 258:MZ 260:ZM 261:MG 262:RE,YT 263:ZW 264:NA 265:MW \
    266:LS 267:BW 268:SZ 269:KM 290:SH 291:ER 297:AW 298:FO 299:GL \
    350:GI 351:PT 352:LU 353:IE 354:IS 355:AL 356:MT 357:CY 358:FI,AX 359:BG 370:LT 371:LV 372:EE 373:MD 374:AM 375:BY 376:AD \
    377:MC 378:SM 380:UA 381:RS 382:ME 383:XK 385:HR 386:SI 387:BA 389:MK 420:CZ 421:SK 423:LI \
    500:FK 501:BZ 502:GT 503:SV 504:HN 505:NI 506:CR 507:PA 508:PM 509:HT 590:GP,BL,MF 591:BO 592:GY 593:EC 594:GF 595:PY \
    596:MQ 597:SR 598:UY 599:CW,BQ \
    670:TL 672:NF 673:BN 674:NR 675:PG 676:TO 677:SB 678:VU 679:FJ 680:PW 681:WF 682:CK 683:NU 685:WS 686:KI 687:NC 688:TV \
    689:PF 690:TK 691:FM 692:MH \
    850:KP 852:HK 853:MO 855:KH 856:LA 880:BD 886:TW \
    960:MV 961:LB 962:JO 963:SY 964:IQ 965:KW 966:SA 967:YE 968:OM 970:PS 971:AE 972:IL 973:BH 974:QA 975:BT 976:MN 977:NP \
    992:TJ 993:TM 994:AZ 995:GE 996:KG 998:UZ";

/// Market of a phone number: its calling code. Meta prices a message by the market of its recipient.
///
/// A market tells no more about a person than the country, so it can be kept after the person's data is erased. The United States and Canada are
/// one market, and so are other countries that share a calling code.
///
/// <https://developers.facebook.com/docs/whatsapp/pricing>
///
/// ```
/// use waxwing_types::Market;
///
/// let market = Market::of_phone("34600000000").ok_or("no such calling code")?;
/// assert_eq!((market.calling_code(), market.countries()), ("34", "ES"));
/// assert_eq!(Market::of_country("ES"), Some(market));
/// # Ok::<(), &str>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Market {
    calling_code: &'static str,
    countries: &'static str,
}

impl Market {
    /// Returns the market of a phone number in digits with its country code. `None` if no country has the calling code.
    pub fn of_phone(digits: &str) -> Option<Self> {
        let markets = all().filter(|market| digits.starts_with(market.calling_code));
        markets.max_by_key(|market| market.calling_code.len())
    }

    /// Returns the market with exactly this calling code in digits.
    pub fn of_calling_code(code: &str) -> Option<Self> {
        all().find(|market| market.calling_code == code)
    }

    /// Returns the first market of a country by its code of ISO 3166-1 in capital letters.
    pub fn of_country(code: &str) -> Option<Self> {
        Self::all_of_country(code).next()
    }

    /// Returns all markets of a country by its code of ISO 3166-1 in capital letters: the Dominican Republic has three calling codes.
    pub fn all_of_country(code: &str) -> impl Iterator<Item = Self> {
        all().filter(move |market| market.countries.split(',').any(|country| country == code))
    }

    /// Returns the calling code in digits, such as `34`: one to four digits.
    pub fn calling_code(self) -> &'static str {
        self.calling_code
    }

    /// Returns the codes of the market's countries in ISO 3166-1, separated by commas, such as `US,CA`.
    pub fn countries(self) -> &'static str {
        self.countries
    }
}

impl fmt::Display for Market {
    /// Writes the market as `+34 (ES)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{} ({})", self.calling_code, self.countries)
    }
}

fn all() -> impl Iterator<Item = Market> {
    let entries = MARKETS.split_ascii_whitespace().filter_map(|entry| entry.split_once(':'));
    entries.map(|(calling_code, countries)| Market { calling_code, countries })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[track_caller]
    fn check(digits: &str, expected: Option<&str>) {
        assert_eq!(Market::of_phone(digits).map(Market::countries), expected, "{digits}");
    }

    #[test]
    fn the_longest_calling_code_decides() {
        check("34600000000", Some("ES"));
        check("14155550100", Some("US,CA"));
        check("18095550100", Some("DO"));
        check("79161234567", Some("RU"));
        check("77011234567", Some("KZ"));
        check("351910000000", Some("PT"));
    }

    #[test]
    fn other_texts_have_no_market() {
        for digits in ["", "0", "999123", "+34600000000", "ES.1234", "ñandú", "21"] {
            check(digits, None);
        }
    }

    #[test]
    fn a_country_can_have_several_calling_codes() {
        let codes: Vec<_> = Market::all_of_country("DO").map(Market::calling_code).collect();
        assert_eq!(codes, ["1809", "1829", "1849"]);
        assert_eq!(Market::of_country("CA").map(|market| market.to_string()).as_deref(), Some("+1 (US,CA)"));
        assert_eq!(Market::of_country("ZZ"), None);
    }

    #[test]
    fn the_table_has_each_calling_code_once() {
        let mut codes = HashSet::new();
        for market in all() {
            let code = market.calling_code;
            assert!(codes.insert(code), "{code} is repeated");
            assert!((1..=4).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
            for country in market.countries.split(',') {
                assert!(country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase()), "{country}");
            }
        }
        assert!(codes.len() > 220, "{}", codes.len());
    }
}
