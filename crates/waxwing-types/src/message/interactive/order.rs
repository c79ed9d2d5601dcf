//! Order with a payment.
//!
//! <https://developers.facebook.com/docs/whatsapp/cloud-api/payments-api/payments-in>

mod money;
mod payment;

use serde::{Deserialize, Serialize};

use crate::limits;
use crate::redacted::debug_shows;
use crate::validation::{self, ValidationError};

pub use money::{Amount, OrderCharge, OrderDiscount};
pub use payment::{GoodsKind, Payment, PaymentSetting};

/// Order that the user can review and pay in WhatsApp, in India, Brazil and Singapore. `Debug` hides names, texts and payment settings.
///
/// Further fields of Meta's are sent with [`RawContent`](crate::RawContent).
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/payments-api/payments-in/orderdetailspg>
///
/// ```
/// use waxwing_types::{Amount, Interactive, Order, OrderDetails, OrderItem, OutboundContent, Payment};
///
/// let bread = OrderItem::new("1234567", "Bread", Amount::cents(1000), 2);
/// let order = Order::new([bread], Amount::cents(2000)).tax(Amount::cents(100));
/// let payment = Payment::configuration("upi", "my-payments");
/// let details = OrderDetails::new("order-17", "INR", payment, Amount::cents(2100)).order(order);
/// OutboundContent::from(Interactive::order_details("Your order", details)).validate()?;
/// # Ok::<(), waxwing_types::ValidationError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrderDetails {
    /// Id of the order that you choose, at most [`limits::ORDER_REFERENCE`] letters, digits, underscores, dashes and dots. A new one for each
    /// message.
    pub reference_id: String,
    /// Kind of the goods.
    #[serde(rename = "type")]
    pub goods: GoodsKind,
    /// How the user pays.
    #[serde(flatten)]
    pub payment: Payment,
    /// Currency in three letters, such as `INR`.
    pub currency: String,
    /// Amount to pay.
    pub total_amount: Amount,
    /// Items and charges. A message without them shows the amount only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Order>,
}

/// Items and charges of an order. `Debug` hides texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Order {
    /// Status, `pending` in a new order.
    pub status: OrderState,
    /// Id of the catalog of the items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalog_id: Option<String>,
    /// Items.
    pub items: Vec<OrderItem>,
    /// Sum of the items.
    pub subtotal: Amount,
    /// Tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<OrderCharge>,
    /// Cost of the shipping.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping: Option<OrderCharge>,
    /// Discount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount: Option<OrderDiscount>,
}

/// Item of an order. `Debug` hides the name.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrderItem {
    /// Id of the product.
    pub retailer_id: String,
    /// Name that the user sees, at most [`limits::ORDER_ITEM`] UTF-16 units.
    pub name: String,
    /// Price of one piece.
    pub amount: Amount,
    /// Number of pieces.
    pub quantity: u32,
    /// Reduced price of one piece.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sale_amount: Option<Amount>,
}

/// News about an order. `Debug` hides the description.
///
/// <https://developers.facebook.com/docs/whatsapp/cloud-api/payments-api/payments-in/orderdetailspg>
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrderStatus {
    /// Id of the order, as in its [`OrderDetails`].
    pub reference_id: String,
    /// The new status.
    pub order: OrderUpdate,
}

/// New status of an order. `Debug` hides the description.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrderUpdate {
    /// Status.
    pub status: OrderState,
    /// Text about the status, at most [`limits::ORDER_DESCRIPTION`] UTF-16 units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Status of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OrderState {
    /// The order waits for the payment.
    Pending,
    /// The order is being prepared.
    Processing,
    /// A part of the order is on its way.
    PartiallyShipped,
    /// The order is on its way.
    Shipped,
    /// The order has arrived. Its status is final.
    Completed,
    /// The order is canceled. Its status is final.
    Canceled,
}

impl OrderDetails {
    /// Creates an order of digital goods without items.
    pub fn new(
        reference_id: impl Into<String>,
        currency: impl Into<String>,
        payment: Payment,
        total_amount: Amount,
    ) -> Self {
        let (reference_id, currency) = (reference_id.into(), currency.into());
        Self { reference_id, goods: GoodsKind::Digital, payment, currency, total_amount, order: None }
    }

    /// Sets the kind of the goods. Default: digital.
    pub fn goods(mut self, goods: GoodsKind) -> Self {
        self.goods = goods;
        self
    }

    /// Sets the items and charges.
    pub fn order(mut self, order: Order) -> Self {
        self.order = Some(order);
        self
    }

    pub(in crate::message) fn validate(&self) -> Result<(), ValidationError> {
        validate_reference(&self.reference_id)?;
        let is_currency = self.currency.len() == 3 && self.currency.bytes().all(|byte| byte.is_ascii_uppercase());
        if !is_currency {
            let (field, expected) = ("interactive.action.parameters.currency", "three capital letters");
            return Err(ValidationError::Malformed { field, expected });
        }
        self.payment.validate()?;
        self.order.iter().try_for_each(Order::validate)
    }
}

impl Order {
    /// Creates an order from its items and their sum.
    pub fn new(items: impl IntoIterator<Item = OrderItem>, subtotal: Amount) -> Self {
        Self {
            status: OrderState::Pending,
            catalog_id: None,
            items: items.into_iter().collect(),
            subtotal,
            tax: None,
            shipping: None,
            discount: None,
        }
    }

    /// Sets the id of the catalog of the items.
    pub fn catalog_id(mut self, id: impl Into<String>) -> Self {
        self.catalog_id = Some(id.into());
        self
    }

    /// Sets the tax.
    pub fn tax(mut self, tax: impl Into<OrderCharge>) -> Self {
        self.tax = Some(tax.into());
        self
    }

    /// Sets the cost of the shipping.
    pub fn shipping(mut self, shipping: impl Into<OrderCharge>) -> Self {
        self.shipping = Some(shipping.into());
        self
    }

    /// Sets the discount.
    pub fn discount(mut self, discount: impl Into<OrderDiscount>) -> Self {
        self.discount = Some(discount.into());
        self
    }

    fn validate(&self) -> Result<(), ValidationError> {
        const ITEMS: &str = "interactive.action.parameters.order.items";
        if self.status != OrderState::Pending {
            let (field, expected) = ("interactive.action.parameters.order.status", "pending in a new order");
            return Err(ValidationError::Malformed { field, expected });
        }
        if self.items.is_empty() {
            return Err(ValidationError::Empty { field: ITEMS });
        }
        for OrderItem { retailer_id, name, quantity, .. } in &self.items {
            validation::not_empty("interactive.action.parameters.order.items.retailer_id", retailer_id)?;
            validation::required("interactive.action.parameters.order.items.name", name, limits::ORDER_ITEM)?;
            if *quantity == 0 {
                return Err(ValidationError::Malformed {
                    field: ITEMS,
                    expected: "a list without items of the quantity 0",
                });
            }
        }
        Ok(())
    }
}

impl OrderItem {
    /// Creates an item from the id of the product, its name, the price of one piece, and the number of pieces.
    pub fn new(retailer_id: impl Into<String>, name: impl Into<String>, amount: Amount, quantity: u32) -> Self {
        Self { retailer_id: retailer_id.into(), name: name.into(), amount, quantity, sale_amount: None }
    }

    /// Sets the reduced price of one piece.
    pub fn sale(mut self, amount: Amount) -> Self {
        self.sale_amount = Some(amount);
        self
    }
}

impl OrderStatus {
    /// Creates news about the order with this id.
    pub fn new(reference_id: impl Into<String>, status: OrderState) -> Self {
        Self { reference_id: reference_id.into(), order: OrderUpdate { status, description: None } }
    }

    /// Sets a text about the status, at most [`limits::ORDER_DESCRIPTION`] UTF-16 units.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.order.description = Some(description.into());
        self
    }

    pub(super) fn validate(&self) -> Result<(), ValidationError> {
        // An example of Meta's exceeds the limit of new orders.
        validation::not_empty("interactive.action.parameters.reference_id", &self.reference_id)?;
        let field = "interactive.action.parameters.order.description";
        self.order.description.iter().try_for_each(|text| validation::required(field, text, limits::ORDER_DESCRIPTION))
    }
}

fn validate_reference(id: &str) -> Result<(), ValidationError> {
    let field = "interactive.action.parameters.reference_id";
    validation::required(field, id, limits::ORDER_REFERENCE)?;
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    if id.bytes().all(is_allowed) {
        Ok(())
    } else {
        Err(ValidationError::Malformed { field, expected: "letters, digits, underscores, dashes and dots" })
    }
}

debug_shows! {
    OrderDetails { reference_id, goods }
    OrderItem { retailer_id, quantity }
    OrderStatus { reference_id, order }
    OrderUpdate { status }
}

#[cfg(test)]
mod tests {
    use super::super::Interactive;
    use super::*;
    use crate::message::checks::{check_content, check_debug, check_invalid};
    use serde_json::json;

    fn order() -> OrderDetails {
        OrderDetails::new("order-17", "INR", Payment::configuration("upi", "shop"), Amount::cents(1100))
    }

    #[test]
    fn an_order_has_the_json_form_of_meta() {
        let bread = OrderItem::new("1", "Bread", Amount::cents(1500), 1).sale(Amount::cents(1000));
        let charge = || OrderCharge::new(Amount::cents(100)).description("for you");
        let items = Order::new([bread], Amount::cents(1000)).tax(charge()).shipping(Amount::cents(100));
        let items = items.discount(OrderDiscount::new(charge()).program("spring"));
        let full = order().goods(GoodsKind::Physical).order(items);
        let cents = |value| json!({ "value": value, "offset": 100 });
        let expected = json!({
            "reference_id": "order-17", "type": "physical-goods", "payment_type": "upi", "payment_configuration": "shop",
            "currency": "INR", "total_amount": cents(1100),
            "order": {
                "status": "pending",
                "items": [{
                    "retailer_id": "1", "name": "Bread", "amount": cents(1500), "quantity": 1, "sale_amount": cents(1000),
                }],
                "subtotal": cents(1000),
                "tax": { "value": 100, "offset": 100, "description": "for you" },
                "shipping": cents(100),
                "discount": {
                    "value": 100, "offset": 100, "description": "for you", "discount_program_name": "spring",
                },
            },
        });
        check_content(
            Interactive::order_details("Your order", full),
            &json!({
                "type": "order_details",
                "body": { "text": "Your order" },
                "action": { "name": "review_and_pay", "parameters": expected },
            }),
        );
        let code = PaymentSetting::new("pix_dynamic_code", json!({ "code": "0002" }));
        let simple = OrderDetails::new("1", "BRL", Payment::settings([code]).kind("br"), Amount::cents(1100));
        let json = serde_json::to_value(&simple).unwrap();
        assert_eq!(
            json["payment_settings"],
            json!([{ "type": "pix_dynamic_code", "pix_dynamic_code": { "code": "0002" } }])
        );
        assert_eq!(serde_json::from_value::<OrderDetails>(json).unwrap(), simple);
    }

    #[test]
    fn news_have_the_json_form_of_meta() {
        let parameters =
            json!({ "reference_id": "1", "order": { "status": "partially_shipped", "description": "soon" } });
        check_content(
            Interactive::order_status("News", OrderStatus::new("1", OrderState::PartiallyShipped).description("soon")),
            &json!({
                "type": "order_status",
                "body": { "text": "News" },
                "action": { "name": "review_order", "parameters": parameters },
            }),
        );
    }

    #[test]
    fn orders_have_limits() {
        let check = |order, expected: ValidationError| check_invalid(Interactive::order_details("a", order), &expected);
        let changed = |change: fn(&mut OrderDetails)| {
            let mut order = order();
            change(&mut order);
            order
        };
        let field = "interactive.action.parameters.reference_id";
        let too_long = ValidationError::TooLong { field, length: 36, limit: limits::ORDER_REFERENCE };
        check(changed(|order| order.reference_id = "x".repeat(36)), too_long);
        let expected = "letters, digits, underscores, dashes and dots";
        check(changed(|order| order.reference_id = "a b".into()), ValidationError::Malformed { field, expected });
        let (field, expected) = ("interactive.action.parameters.currency", "three capital letters");
        check(changed(|order| order.currency = "rupee".into()), ValidationError::Malformed { field, expected });
        let field = "interactive.action.parameters.order.items";
        check(order().order(Order::new([], Amount::cents(0))), ValidationError::Empty { field });
        let bread = |name: &str, quantity| {
            Order::new([OrderItem::new("1", name, Amount::cents(1), quantity)], Amount::cents(1))
        };
        let expected = "a list without items of the quantity 0";
        check(order().order(bread("Bread", 0)), ValidationError::Malformed { field, expected });
        let field = "interactive.action.parameters.order.items.name";
        let too_long = ValidationError::TooLong { field, length: 61, limit: limits::ORDER_ITEM };
        check(order().order(bread(&"x".repeat(61), 1)), too_long);
        let shipped = Order { status: OrderState::Shipped, ..bread("Bread", 1) };
        let (field, expected) = ("interactive.action.parameters.order.status", "pending in a new order");
        check(order().order(shipped), ValidationError::Malformed { field, expected });
        let field = "interactive.action.parameters.payment_configuration";
        check(changed(|order| order.payment = Payment::configuration("upi", "")), ValidationError::Empty { field });
        let field = "interactive.action.parameters.payment_settings";
        check(changed(|order| order.payment = Payment::settings([])), ValidationError::Empty { field });
    }

    #[test]
    fn debug_hides_names_and_texts() {
        let item = OrderItem::new("1", "secret", Amount::cents(1), 1);
        let charge = OrderCharge::new(Amount::cents(1)).description("secret");
        let discount = OrderDiscount::new(charge.clone()).program("secret");
        let order = order().order(Order::new([item], Amount::cents(1)).tax(charge).discount(discount));
        assert!(!format!("{:?}", order.order).contains("secret"));
        let setting = PaymentSetting::new("pix", json!({ "code": "secret" }));
        assert!(!format!("{:?}", Payment::settings([setting])).contains("secret"));
        check_debug(Interactive::order_details("secret", order), &["secret"]);
        let news = OrderStatus::new("1", OrderState::Shipped).description("secret");
        check_debug(Interactive::order_status("secret", news), &["secret"]);
    }
}
