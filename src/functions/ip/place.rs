//! `geo_info_from_ip_address`: where on earth an address is. The data for it (MaxMind's GeoLite2-City, which Kusto uses
//! too) may not be handed on, so none comes with this program: without a [`Locate`] the answer is null.

use std::{fmt, hash::Hash, net::IpAddr, sync::Arc};

use datafusion::{
    arrow::{
        array::StringViewBuilder,
        datatypes::{DataType, Field, FieldRef},
    },
    common::{Result, plan_err},
    logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl},
};
use datafusion_functions_json::json_field_metadata;

use super::parse_ip;
use crate::{
    functions::{
        arguments::{Text, check_text, exactly},
        call::push_real_json,
        definition::{Definition, Section, Words, defined},
    },
    json::{push_quoted, value::Writer},
};

/// What is known of where an address is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Place {
    /// The country's English name.
    pub country: String,
    /// The country's part, such as a state.
    pub state: String,
    /// The city.
    pub city: String,
    /// Degrees north and east.
    pub coordinates: Option<(f64, f64)>,
}

/// Tells where addresses are.
pub trait Locate: Send + Sync {
    /// The place of an address, `None` if it is not known.
    fn locate(&self, address: IpAddr) -> Option<Place>;
}

/// The functions of this family, which know no place.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    vec![geo_info_from_ip_address(None)]
}

/// The function that asks `source` where an address is; register it to take the place of the one that knows nothing.
pub fn geo_info_from_ip_address(source: Option<Arc<dyn Locate>>) -> ScalarUDF {
    let words = Words {
        section: Section::Network,
        syntax: "geo_info_from_ip_address(ip)",
        description: "Where on earth an address is: a JSON object of country, state, city, latitude and longitude. \
                      There is no such data in this program; without it the answer is NULL.",
        example: ("SELECT geo_info_from_ip_address('8.8.8.8')", "NULL"),
    };
    ScalarUDF::from(GeoInfo { definition: Definition::new(words, (1, Some(1))), source: Source(source) })
}

/// Two sources are the same if they are one.
#[derive(Clone)]
struct Source(Option<Arc<dyn Locate>>);

impl Source {
    fn address(&self) -> Option<*const ()> {
        self.0.as_ref().map(|source| Arc::as_ptr(source).cast::<()>())
    }
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        self.address() == other.address()
    }
}

impl Eq for Source {}

impl Hash for Source {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.address().hash(state);
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "a source" } else { "no source" })
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct GeoInfo {
    definition: Definition,
    source: Source,
}

impl ScalarUDFImpl for GeoInfo {
    defined!();

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        let [ip] = args.arg_fields else { return plan_err!("{}: the address is missing", self.name()) };
        check_text(self.name(), 1, ip.data_type())?;
        Ok(Arc::new(Field::new(self.name(), DataType::Utf8View, true).with_metadata(json_field_metadata())))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [ip] = exactly(&args.args)?;
        let texts = Text::of(ip)?;
        let (mut builder, mut json) = (StringViewBuilder::with_capacity(args.number_rows), String::new());
        for row in 0..args.number_rows {
            let place = self.source.0.as_ref().and_then(|source| source.locate(parse_ip(texts.get(row)?)?));
            match place {
                Some(place) => {
                    json.clear();
                    place.write(&mut json);
                    builder.try_append_value(&json)?;
                }
                None => builder.append_null(),
            }
        }
        Ok(ColumnarValue::Array(Arc::new(builder.finish())))
    }
}

impl Place {
    fn write(&self, out: &mut String) {
        let mut bag = Writer::object(out);
        for (key, text) in [("country", &self.country), ("state", &self.state), ("city", &self.city)] {
            bag.member(key, |out| push_quoted(text, out));
        }
        if let Some((latitude, longitude)) = self.coordinates {
            bag.member("latitude", |out| push_real_json(latitude, out));
            bag.member("longitude", |out| push_real_json(longitude, out));
        }
        bag.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::testing::{answers, context_without_rows, rows};

    struct OnlyOne;

    impl Locate for OnlyOne {
        fn locate(&self, address: IpAddr) -> Option<Place> {
            let place = Place { country: "Nowhere".into(), coordinates: Some((1.5, -2.0)), ..Place::default() };
            (address == IpAddr::from([192, 0, 2, 1])).then_some(place)
        }
    }

    #[tokio::test]
    async fn nothing_is_known_without_a_source() {
        answers("geo_info_from_ip_address('8.8.8.8'), geo_info_from_ip_address('x')", "NULL, NULL").await;
    }

    #[tokio::test]
    async fn a_source_is_asked() -> Result<()> {
        let context = context_without_rows();
        context.register_udf(geo_info_from_ip_address(Some(Arc::new(OnlyOne))));
        let query = "SELECT geo_info_from_ip_address(x) FROM (VALUES ('192.0.2.1'), ('192.0.2.2'), (NULL)) AS t(x)";
        let place = r#"{"country":"Nowhere","state":"","city":"","latitude":1.5,"longitude":-2.0}"#;
        assert_eq!(rows(&context, query).await?, [place, "NULL", "NULL"]);
        Ok(())
    }
}
