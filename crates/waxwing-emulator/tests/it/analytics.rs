//! Analytics of an account. Meta: analytics.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use waxwing_emulator::Rule;

use crate::support::{Graph, WebhookServer, assert_violates, builder};

#[tokio::test]
async fn messages_and_prices_are_counted_by_time_and_dimension() {
    let emulator = builder().frozen_clock(SystemTime::now()).start().await.unwrap();
    let (_server, graph) = (WebhookServer::start(&emulator).await, Graph::new(&emulator));
    let start = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() - 60;
    let field = |name: &str, granularity: &str| {
        format!("{name}.start({start}).end({}).granularity({granularity})", start + 3 * 86_400)
    };
    let read = async |field: String| graph.get(&format!("2000002?fields={field}")).await.1;
    let name = |field: &str| field.split('.').next().unwrap().to_owned();
    assert_eq!(read(field("analytics", "DAY")).await["analytics"]["data_points"], json!([]));

    let ana = emulator.user("+34600000000");
    ana.says("hi").await;
    let text = json!({"to": "34600000000", "text": {"body": "hola"}});
    assert_eq!(graph.post(text.clone()).await.0, 200);
    emulator.expect_idle().await;
    emulator.advance(Duration::from_hours(24));
    let template = json!({"name": "hello_world", "language": {"code": "en_US"}});
    let template = json!({"to": "34600000000", "type": "template", "template": template});
    assert_eq!(graph.post(template).await.0, 200);
    emulator.expect_idle().await;

    let points = |value: &Value| value["data_points"].as_array().unwrap().clone();
    let days = points(&read(field("analytics", "DAY")).await["analytics"]);
    assert_eq!((days.len(), &days[0]["sent"], &days[1]["delivered"]), (2, &json!(1), &json!(1)));
    assert_eq!((&days[0]["start"], &days[0]["end"]), (&json!(start), &json!(start + 86_400)));
    let month = points(&read(field("analytics", "MONTH")).await["analytics"]);
    assert_eq!((month.len(), &month[0]["sent"], &month[0]["end"]), (1, &json!(2), &json!(start + 3 * 86_400)));
    let templates = format!("{}.product_types([0])", field("analytics", "MONTH"));
    assert_eq!(points(&read(templates).await["analytics"])[0]["sent"], 1);
    let incoming = format!("{}.product_types([100])", field("analytics", "MONTH"));
    assert_eq!(points(&read(incoming).await["analytics"])[0]["sent"], 1);

    let by = |fields: &str| format!("{fields}.dimensions(PRICING_CATEGORY,PHONE,COUNTRY)");
    let prices = read(by(&field("pricing_analytics", "MONTHLY"))).await;
    let prices = points(&prices["pricing_analytics"]["data"][0]);
    let found: Vec<_> = prices.iter().map(|point| (&point["pricing_category"], &point["volume"])).collect();
    assert_eq!(found, [(&json!("SERVICE"), &json!(1)), (&json!("UTILITY"), &json!(1))]);
    assert_eq!((&prices[0]["country"], &prices[0]["phone_number"]), (&json!("ES"), &json!("15550001111")));
    let others = format!("{}.country_codes([FR])", field("pricing_analytics", "MONTHLY"));
    assert_eq!(points(&read(others).await["pricing_analytics"]["data"][0]), [] as [Value; 0]);
    let conversations = read(field("conversation_analytics", "MONTHLY")).await;
    assert_eq!(points(&conversations["conversation_analytics"]["data"][0])[0]["conversation"], 2);

    for wrong in [
        field("analytics", "DAILY"),
        field("pricing_analytics", "DAY"),
        format!("{}.colours([1])", field("analytics", "DAY")),
    ] {
        let refused = graph.get(&format!("2000002?fields={wrong}")).await;
        assert_violates(refused, Rule::Form, "12.5");
    }
    let both = read(format!("name,{}", field("analytics", "DAY"))).await;
    assert!(both["name"].is_string() && both[name("analytics.")].is_object());
    assert_violates(graph.get("2000002?fields=analytics").await, Rule::Required, "12.5");
}
