#![doc = include_str!("../README.md")]

mod blocks;
mod cut_points;
mod html;
mod inline;
mod marks;
mod render;
mod split;
mod table;
mod utf16;
mod wrapper;

pub use render::to_whatsapp;
pub use split::{SplitOptions, split};
