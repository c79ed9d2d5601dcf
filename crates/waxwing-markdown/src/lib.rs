#![doc = include_str!("../README.md")]

mod cuts;
mod html;
mod inline;
mod marks;
mod page;
mod render;
mod split;
mod table;
mod utf16;

pub use render::to_whatsapp;
pub use split::{SplitOptions, split};
