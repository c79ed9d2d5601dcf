//! Pizza bot with its session state.

use serde::{Deserialize, Serialize};
use waxwing::agent::{Agent, AgentError, Reply, RunContext, Turn, agent_fn};

/// Pizzas with their prices in euros.
const MENU: [(&str, u32); 3] = [("Margherita", 9), ("Diavola", 11), ("Quattro Formaggi", 12)];

/// Order that a user has begun.
#[derive(Debug, Serialize, Deserialize)]
struct Order {
    pizza: String,
    price: u32,
    /// `None` until the user has sent the address.
    address: Option<String>,
}

/// Returns an agent that asks for a pizza, an address, and a confirmation.
pub(crate) fn pizzeria() -> impl Agent {
    agent_fn("pizzeria", answer)
}

async fn answer(turn: Turn, ctx: RunContext) -> Result<Reply, AgentError> {
    let text = turn.text();
    // The state is committed together with the reply, and survives a restart.
    let Some(mut order) = ctx.session().get::<Order>("order") else { return choose(&text, &ctx) };
    match (order.address.take(), text.trim().to_lowercase().as_str()) {
        (None, _) => {
            let question = format!("{} to {text}, {} €. Shall I order it?", order.pizza, order.price);
            order.address = Some(text);
            ctx.session().set("order", order)?;
            Ok(question.into())
        }
        (Some(address), "yes") => {
            ctx.session().remove("order");
            // The call is made once, even if this turn is repeated after a crash.
            let minutes = ctx.step("tell the kitchen", tell_the_kitchen(&order.pizza, &address)).await?;
            Ok(format!("Ordered! It will be there in {minutes} minutes.").into())
        }
        (Some(_), "no") => {
            ctx.session().remove("order");
            Ok("All right, nothing was ordered.".into())
        }
        (Some(_), _) => Ok("Please say yes or no.".into()),
    }
}

fn choose(text: &str, ctx: &RunContext) -> Result<Reply, AgentError> {
    let wanted = MENU.iter().find(|(pizza, _)| text.to_lowercase().contains(&pizza.to_lowercase()));
    let Some((pizza, price)) = wanted else {
        let menu: Vec<_> = MENU.iter().map(|(pizza, price)| format!("- {pizza}, {price} €")).collect();
        let name = ctx.user_name().unwrap_or("stranger");
        return Ok(Reply::markdown(format!("Hello **{name}**, which pizza?\n\n{}", menu.join("\n"))));
    };
    ctx.session().set("order", Order { pizza: (*pizza).to_owned(), price: *price, address: None })?;
    Ok(format!("One {pizza}. Where shall we bring it?").into())
}

/// Placeholder for a call to the kitchen's system. Returns the time until delivery in minutes.
fn tell_the_kitchen(_pizza: &str, _address: &str) -> impl Future<Output = Result<u32, AgentError>> {
    std::future::ready(Ok(30))
}
