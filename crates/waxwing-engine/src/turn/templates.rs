//! Checks of the templates of an agent before they are queued.

use waxwing_agent::{AgentError, Reply, ReplyPart, Template, TemplateMismatch, TemplateProblem};

use crate::graph::Graph;
use crate::outbound::compile::{ReplyRules, template_message};
use crate::shared::Shared;
use waxwing_types::PhoneNumberId;

/// Checks that Meta would accept a template.
pub(super) async fn check(
    shared: &Shared,
    (number, graph): (&PhoneNumberId, &dyn Graph),
    rules: &ReplyRules,
    template: &Template,
) -> Result<(), TemplateMismatch> {
    let mismatch = |problems| TemplateMismatch::new(&template.name, &template.language, problems);
    let Some(message) = template_message(template.clone(), rules).await else {
        let text = "takes an image, a video or a document as the medium of its header";
        return Err(mismatch(vec![TemplateProblem::new("wrong_value", text)]));
    };
    let checked = shared.check_template(number, graph, &message).await;
    checked.map_err(|found| mismatch(found.problems.iter().map(problem).collect()))
}

/// Checks the templates of an interim message. The error has the first mismatch as its source.
pub(super) async fn check_reply(
    shared: &Shared,
    route: (&PhoneNumberId, &dyn Graph),
    rules: &ReplyRules,
    reply: &Reply,
) -> Result<(), AgentError> {
    for part in reply.parts() {
        if let ReplyPart::Template(template) = part
            && let Err(mismatch) = check(shared, route, rules, template).await
        {
            return Err(AgentError::new(mismatch.to_string()).with_source(mismatch));
        }
    }
    Ok(())
}

/// Returns a problem as the agent gets it: the kind by the name of its variant, and the sentence.
fn problem(problem: &waxwing_types::TemplateProblem) -> TemplateProblem {
    let kind = serde_json::to_value(problem).ok().and_then(|json| Some(json["problem"].as_str()?.to_owned()));
    TemplateProblem::new(kind.unwrap_or_default(), problem.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_keeps_its_kind() {
        let unusable = waxwing_types::TemplateProblem::Unusable { status: "PAUSED".into() };
        assert_eq!(problem(&unusable), TemplateProblem::new("unusable", "cannot be sent: its status is PAUSED"));
    }
}
