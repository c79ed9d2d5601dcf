//! Times as milliseconds since 1970, in written state.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::clock::unix_millis;

/// Serializes a value with times.
pub(crate) fn serialize<T: UnixTime, S: Serializer>(time: &T, serializer: S) -> Result<S::Ok, S::Error> {
    time.to_form().serialize(serializer)
}

/// Deserializes a value with times.
pub(crate) fn deserialize<'de, T: UnixTime, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::Form::deserialize(deserializer).map(T::from_form)
}

/// Value whose times are written in milliseconds since 1970.
pub(crate) trait UnixTime {
    type Form: Serialize + for<'de> Deserialize<'de>;

    fn to_form(&self) -> Self::Form;

    fn from_form(form: Self::Form) -> Self;
}

impl UnixTime for SystemTime {
    type Form = u64;

    fn to_form(&self) -> u64 {
        unix_millis(*self)
    }

    fn from_form(form: u64) -> Self {
        UNIX_EPOCH + Duration::from_millis(form)
    }
}

impl<T: UnixTime> UnixTime for Option<T> {
    type Form = Option<T::Form>;

    fn to_form(&self) -> Self::Form {
        self.as_ref().map(T::to_form)
    }

    fn from_form(form: Self::Form) -> Self {
        form.map(T::from_form)
    }
}

impl<T: UnixTime> UnixTime for VecDeque<T> {
    type Form = Vec<T::Form>;

    fn to_form(&self) -> Self::Form {
        self.iter().map(T::to_form).collect()
    }

    fn from_form(form: Self::Form) -> Self {
        form.into_iter().map(T::from_form).collect()
    }
}

/// Time with a number, such as a burst.
impl UnixTime for (SystemTime, u32) {
    type Form = (u64, u32);

    fn to_form(&self) -> Self::Form {
        (self.0.to_form(), self.1)
    }

    fn from_form((at, count): Self::Form) -> Self {
        (SystemTime::from_form(at), count)
    }
}
