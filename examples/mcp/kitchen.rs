//! MCP server with two tools.
//!
//! A program in any language can be an MCP server.

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ListToolsResult, PaginatedRequestParams,
    ServerCapabilities, ServerConfig, Tool, ToolAnnotations,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler, ServiceExt as _};
use serde_json::{Value, json};

struct Kitchen;

/// Serves the tools until standard input ends.
pub(crate) async fn serve() -> anyhow::Result<()> {
    Kitchen.serve(rmcp::transport::stdio()).await?.waiting().await?;
    Ok(())
}

impl ServerHandler for Kitchen {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tool = |name: &'static str, description: &'static str, properties: Value| {
            let schema = json!({"type": "object", "properties": properties}).as_object().cloned().unwrap_or_default();
            Tool::new(name, description, schema)
        };
        let menu = tool("menu", "What there is to eat today.", json!({}));
        let order = tool("order", "Orders a dish.", json!({"dish": {"type": "string"}}));
        Ok(ListToolsResult::with_all_items(vec![menu.with_annotations(ToolAnnotations::new().read_only(true)), order]))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let dish = request.arguments.as_ref().and_then(|arguments| arguments.get("dish")).and_then(Value::as_str);
        let said = match (request.name.as_ref(), dish) {
            ("menu", _) => "carrot soup, 6 €; lentils, 9 €".to_owned(),
            ("order", Some(dish)) => format!("{dish}: ready in 20 minutes"),
            _ => return Err(ErrorData::invalid_params("there are menu, and order with a dish", None)),
        };
        Ok(CallToolResponse::Complete(CallToolResult::success(vec![ContentBlock::text(said)])))
    }
}
