//! Collection of the credentials of a number, each checked with Meta.

use secrecy::{ExposeSecret as _, SecretString};
use waxwing::Settings;
use waxwing::client::types::{PhoneNumberId, WabaId};
use waxwing::client::{BusinessPhoneNumber, Client, TokenInfo};

use super::{Question, Questions};
use crate::doctor::{Level, check_number, check_token};
use crate::output::print_line;
use crate::setting_flags::SettingFlags;

const TOKEN: Question = Question {
    variable: "WHATSAPP_ACCESS_TOKEN",
    text: "Access token of a system user",
    place: "Business settings, System users: assign the app and the WhatsApp account to it, and generate a token that never expires, with \
            the permissions whatsapp_business_messaging and whatsapp_business_management.",
    is_secret: true,
};

const ACCOUNT: Question = Question {
    variable: "WHATSAPP_BUSINESS_ACCOUNT_ID",
    text: "Id of the WhatsApp Business Account",
    place: "It is in the app under WhatsApp, API setup.",
    is_secret: false,
};

const NUMBER: Question = Question {
    variable: "WHATSAPP_PHONE_NUMBER_ID",
    text: "Id of the number, which is not the phone number",
    place: "It is in the app under WhatsApp, API setup.",
    is_secret: false,
};

const SECRET: Question = Question {
    variable: "WHATSAPP_APP_SECRET",
    text: "Secret of the app",
    place: "It is in the app under App settings, Basic.",
    is_secret: true,
};

/// Most numbers of an account that are looked at.
const MAX_NUMBERS: usize = 100;

/// Credentials of a number that Meta has accepted. `Debug` hides the secrets.
#[derive(Debug)]
pub(crate) struct Credentials {
    pub(crate) token: SecretString,
    /// App of the token.
    pub(crate) app: String,
    pub(crate) account: WabaId,
    /// Id of the number.
    pub(crate) number: String,
    pub(crate) app_secret: SecretString,
    pub(crate) verify_token: SecretString,
}

impl Credentials {
    /// Collects the credentials. Nothing is changed at Meta.
    pub(crate) async fn collect(questions: &Questions) -> anyhow::Result<Self> {
        let (token, info) = questions.ask(&TOKEN, async |token| read_token(token).await).await?;
        let client = client(&token, "0").map_err(|error| anyhow::anyhow!(error))?;
        let (account, numbers) = account(questions, &client, &info).await?;
        let number = number(questions, &numbers).await?;
        let app = info.app_id.unwrap_or_default();
        let app_secret = questions.ask(&SECRET, async |secret| read_secret(&client, &app, secret).await).await?;
        print_line!("ok       secret of app {app}");
        let verify_token = match variable("WHATSAPP_VERIFY_TOKEN") {
            Some(token) => token,
            None => uuid::Uuid::new_v4().simple().to_string(),
        };
        Ok(Self { token, app, account, number, app_secret, verify_token: verify_token.into() })
    }

    /// Returns a client that sends from the number.
    pub(crate) fn client(&self) -> anyhow::Result<Client> {
        client(&self.token, &self.number).map_err(|error| anyhow::anyhow!(error))
    }

    /// Returns the settings of a server with these credentials.
    pub(crate) fn settings(&self) -> anyhow::Result<Settings> {
        let flags =
            self.variables().into_iter().fold(SettingFlags::default(), |flags, (name, value)| flags.force(name, value));
        Ok(Settings::read(&flags)?)
    }

    /// Returns the environment variables of a server with these credentials.
    pub(crate) fn variables(&self) -> Vec<(&'static str, String)> {
        let mut variables = vec![
            ("WHATSAPP_ACCESS_TOKEN", self.token.expose_secret().to_owned()),
            ("WHATSAPP_BUSINESS_ACCOUNT_ID", self.account.as_str().to_owned()),
            ("WHATSAPP_PHONE_NUMBER_ID", self.number.clone()),
            ("WHATSAPP_APP_SECRET", self.app_secret.expose_secret().to_owned()),
            ("WHATSAPP_VERIFY_TOKEN", self.verify_token.expose_secret().to_owned()),
        ];
        // A server must call the same Graph API.
        variables.extend(
            ["WHATSAPP_GRAPH_URL", "WHATSAPP_API_VERSION"].into_iter().filter_map(|name| Some((name, variable(name)?))),
        );
        variables
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

fn client(token: &SecretString, number: &str) -> Result<Client, String> {
    let flags = SettingFlags::default()
        .force("WHATSAPP_ACCESS_TOKEN", token.expose_secret())
        .force("WHATSAPP_PHONE_NUMBER_ID", number);
    let settings = Settings::read(&flags).map_err(|error| error.to_string())?;
    settings.client_builder().build().map_err(|error| error.to_string())
}

async fn read_token(token: String) -> Result<(SecretString, TokenInfo), String> {
    let token = SecretString::from(token);
    let (info, findings) = check_token(&client(&token, "0")?).await;
    let faults = findings.iter().filter(|finding| finding.level == Level::Error);
    let faults: Vec<_> = faults.map(|finding| format!("{}: {}", finding.check, finding.found)).collect();
    let Some(info) = info.filter(|_| faults.is_empty()) else { return Err(faults.join("\n  ")) };
    findings.iter().for_each(crate::doctor::print);
    Ok((token, info))
}

/// Returns the account, with its numbers.
async fn account(
    questions: &Questions,
    client: &Client,
    token: &TokenInfo,
) -> anyhow::Result<(WabaId, Vec<BusinessPhoneNumber>)> {
    let known: Vec<_> = token.waba_ids().collect();
    let found = match (&known[..], variable(ACCOUNT.variable)) {
        ([only], None) => numbers(client, only.clone()).await.map_err(|error| anyhow::anyhow!(error))?,
        _ => questions.ask(&ACCOUNT, async |id| numbers(client, WabaId::new(id)).await).await?,
    };
    print_line!("ok       account {}, numbers: {}", found.0.as_str(), found.1.len());
    Ok(found)
}

async fn numbers(client: &Client, account: WabaId) -> Result<(WabaId, Vec<BusinessPhoneNumber>), String> {
    let mut found = Vec::new();
    let mut numbers = client.waba(account.clone()).numbers();
    while let Some(number) = numbers.next().await {
        found.push(number.map_err(|error| error.explain())?);
        if found.len() == MAX_NUMBERS {
            break;
        }
    }
    if found.is_empty() {
        return Err(format!("account {} has no number; add one in the WhatsApp Manager", account.as_str()));
    }
    Ok((account, found))
}

/// Returns the id of the number.
async fn number(questions: &Questions, numbers: &[BusinessPhoneNumber]) -> anyhow::Result<String> {
    let id = match numbers {
        [only] if variable(NUMBER.variable).is_none() => select(numbers, only.id.as_ref().map_or("", |id| id.as_str())),
        _ => {
            for number in numbers {
                print_line!("  {}", shown(number));
            }
            return questions.ask(&NUMBER, async |id| select(numbers, &id)).await;
        }
    };
    id.map_err(|error| anyhow::anyhow!(error))
}

/// Finds a number by its id.
fn select(numbers: &[BusinessPhoneNumber], id: &str) -> Result<String, String> {
    let has_id = |number: &&BusinessPhoneNumber| number.id.as_ref().is_some_and(|found| found.as_str() == id);
    if let Some(number) = numbers.iter().find(has_id) {
        check_number(number).iter().for_each(crate::doctor::print);
        return Ok(id.to_owned());
    }
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let is_phone = |number: &&BusinessPhoneNumber| {
        number.display_phone_number.as_deref().is_some_and(|phone| digits(phone) == digits(id))
    };
    match numbers.iter().find(is_phone) {
        Some(number) if !digits(id).is_empty() => {
            Err(format!("this is the phone number, not its id; the id is in this line: {}", shown(number)))
        }
        _ => Err(format!(
            "the account has no number with this id; it has: {}",
            numbers.iter().map(shown).collect::<Vec<_>>().join("; ")
        )),
    }
}

fn shown(number: &BusinessPhoneNumber) -> String {
    let id = number.id.as_ref().map(PhoneNumberId::as_str);
    let parts = [id, number.display_phone_number.as_deref(), number.verified_name.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

async fn read_secret(client: &Client, app: &str, secret: String) -> Result<SecretString, String> {
    let secret = SecretString::from(secret);
    let app = client.app(app, &secret).map_err(|error| error.to_string())?;
    app.subscriptions().await.map_err(|error| match error.api() {
        Some(_) => "Meta does not accept it as the secret of the app that the token belongs to".to_owned(),
        None => error.explain(),
    })?;
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_in_place_of_its_id_is_recognized() {
        let number = serde_json::json!({ "id": "1000001", "display_phone_number": "+1 555-000-1111" });
        let numbers = [serde_json::from_value(number).unwrap()];
        assert_eq!(select(&numbers, "1000001").unwrap(), "1000001");
        assert!(select(&numbers, "+15550001111").unwrap_err().contains("not its id"));
        assert!(select(&numbers, "7").unwrap_err().contains("no number with this id"));
        assert!(select(&numbers, "").unwrap_err().contains("no number with this id"));
    }
}
