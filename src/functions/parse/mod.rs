//! Functions of one text: the SQL face of [`super::encoding`], [`super::url`], [`super::path`] and
//! [`super::command_line`], and of the readers of other forms of text below.

mod agent;
mod agent_rules;
mod bytes;
mod csv;
mod version;
mod xml;

use std::{
    borrow::Cow,
    hash::{Hash, Hasher},
    sync::Arc,
};

use datafusion::{
    arrow::datatypes::{DataType, Field, FieldRef},
    common::{Result, ScalarValue, plan_err},
    logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl},
};
use datafusion_functions_json::json_field_metadata;
use serde::Serialize;

use super::{
    arguments::{Text, check_text, constant_text},
    command_line::split_windows,
    definition::{Definition, Section, Words, defined},
    encoding::{base64_decode_text, url_decode},
    path::{Path, path_file_name},
    url::{Query, Url, url_host},
};

/// The functions of this family.
pub(super) fn functions() -> Vec<ScalarUDF> {
    let text = |syntax, make, description, example| {
        let definition =
            Definition::new(Words { section: Section::Decode, syntax, description, example }, (1, Some(1)));
        TextFunction { definition, make, is_json: false, only: None }
    };
    let json =
        |syntax, make, description, example| TextFunction { is_json: true, ..text(syntax, make, description, example) };
    let functions = [
        text(
            "base64_decode_text(text)",
            base64_decode_text,
            "The text in a base64 text, be it UTF-8 or UTF-16 (as in powershell -EncodedCommand). Line breaks, missing \
             padding and the URL alphabet are fine. NULL if it is no base64 or holds no text.",
            ("SELECT base64_decode_text('dwBoAG8AYQBtAGkA'), base64_decode_text('S3VzdG8')", "whoami, Kusto"),
        ),
        text(
            "url_decode(text)",
            url_decode,
            "The text with its %XX escapes replaced. NULL if the bytes are no UTF-8.",
            ("SELECT url_decode('a%20b%2Fc')", "a b/c"),
        ),
        text(
            "url_host(url)",
            url_host,
            "The host of a URL, in small letters; the scheme may be missing. NULL if there is no host.",
            (
                "SELECT url_host('https://User@Evil.Example:8443/x'), url_host('evil.example/x')",
                "evil.example, evil.example",
            ),
        ),
        text(
            "path_file_name(path)",
            path_file_name,
            "The file name at the end of a Windows or Unix path, without an alternate data stream.",
            (r"SELECT path_file_name('C:\temp\a.exe:hidden'), path_file_name('/usr/bin/curl')", "a.exe, curl"),
        ),
        json(
            "parse_url(url)",
            |text| to_json(&Url::of(text)),
            "The parts of a URL as a JSON object: Scheme, Host, Port, Path, Username, Password, Query Parameters, \
             Fragment. They are as written, escapes left in; the scheme may be missing.",
            (
                "SELECT parse_url('https://example.com/a?b=c')",
                concat!(
                    r#"{"Scheme":"https","Host":"example.com","Port":"","Path":"/a","Username":"","Password":"","#,
                    r#""Query Parameters":{"b":"c"},"Fragment":""}"#,
                ),
            ),
        ),
        json(
            "parse_urlquery(query)",
            |text| to_json(&UrlQuery { query: Query::of(text) }),
            "The name=value pairs of a URL's query as a JSON object under Query Parameters, escapes left in.",
            (r"SELECT parse_urlquery('a=1&b=%20')", r#"{"Query Parameters":{"a":"1","b":"%20"}}"#),
        )
        .aliases(&["parseurlquery"]),
        json(
            "parse_path(path)",
            |text| to_json(&Path::of(text)),
            "The parts of a Windows or Unix path as a JSON object: Scheme, RootPath, DirectoryPath, DirectoryName, \
             Filename, Extension, AlternateDataStreamName.",
            (
                r"SELECT parse_path('C:\temp\a.exe:hidden')",
                concat!(
                    r#"{"Scheme":"","RootPath":"C:","DirectoryPath":"C:\\temp","DirectoryName":"temp","#,
                    r#""Filename":"a.exe","Extension":"exe","AlternateDataStreamName":"hidden"}"#,
                ),
            ),
        ),
        TextFunction {
            definition: Definition::new(
                Words {
                    section: Section::Decode,
                    syntax: "parse_command_line(text, 'windows')",
                    description: "The arguments of a command line as a JSON array, the program first, parted as \
                                  Windows does it (CommandLineToArgvW). The second argument may be left out.",
                    example: (
                        r#"SELECT parse_command_line('"C:\a b\x.exe" /c "y z"', 'windows')"#,
                        r#"["C:\\a b\\x.exe","/c","y z"]"#,
                    ),
                },
                (1, Some(2)),
            ),
            make: |text| to_json(&split_windows(text)),
            is_json: true,
            only: Some("windows"),
        },
    ];
    let others = [agent::functions(), bytes::functions(), csv::functions(), version::functions(), xml::functions()];
    functions.map(ScalarUDF::from).into_iter().chain(others.into_iter().flatten()).collect()
}

/// What Kusto's `parse_urlquery` answers.
#[derive(Serialize)]
struct UrlQuery<'a> {
    #[serde(rename = "Query Parameters")]
    query: Query<'a>,
}

fn to_json<T: Serialize>(value: &T) -> Option<Cow<'static, str>> {
    serde_json::to_string(value).ok().map(Cow::Owned)
}

/// A text made of a text.
#[derive(Debug)]
struct TextFunction {
    definition: Definition,
    /// `None` gives null.
    make: for<'t> fn(&'t str) -> Option<Cow<'t, str>>,
    /// Whether the text made is JSON, which the field says, so that it is shown and exported like a dynamic column.
    is_json: bool,
    /// The one value that a second argument can have.
    only: Option<&'static str>,
}

impl TextFunction {
    fn aliases(self, aliases: &[&str]) -> Self {
        Self { definition: self.definition.aliases(aliases), ..self }
    }
}

impl ScalarUDFImpl for TextFunction {
    defined!();

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs) -> Result<FieldRef> {
        for (index, field) in args.arg_fields.iter().enumerate() {
            check_text(self.name(), index + 1, field.data_type())?;
        }
        if let (Some(only), Some(given)) = (self.only, args.scalar_arguments.get(1)) {
            let given = given.and_then(constant_text);
            if given != Some(only) {
                return plan_err!("{}: argument 2 can only be '{only}'", self.name());
            }
        }
        let field = Field::new(self.name(), DataType::Utf8View, true);
        Ok(Arc::new(if self.is_json { field.with_metadata(json_field_metadata()) } else { field }))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match args.args.first() {
            Some(text) => Text::of(text)?.map(args.number_rows, self.make),
            None => Ok(ColumnarValue::Scalar(ScalarValue::Utf8View(None))),
        }
    }
}

// The definition says all: there are no two functions of one definition.

impl PartialEq for TextFunction {
    fn eq(&self, other: &Self) -> bool {
        self.definition == other.definition
    }
}

impl Eq for TextFunction {}

impl Hash for TextFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.definition.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::testing::{answers, context_without_rows, every_text_type, refuses};

    #[tokio::test]
    async fn every_text_type_is_read() {
        let texts = [Some("SQBFAFgA"), Some("no base64!"), Some(""), None, Some("S3VzdG8gaXMgYSBsb25nIHRleHQ=")];
        every_text_type(&texts, "base64_decode_text(t)", &["IEX", "NULL", "", "NULL", "Kusto is a long text"]).await;
        let texts = [Some("a \"b c\""), Some(""), None];
        every_text_type(&texts, "parse_command_line(t, 'windows')", &[r#"["a","b c"]"#, "[]", "NULL"]).await;
    }

    #[tokio::test]
    async fn json_results_are_read_by_the_json_functions() {
        answers("json_as_text(parse_url('https://h/p?k=v'), 'Query Parameters', 'k')", "v").await;
        answers(r"json_as_text(parse_path('C:\temp\x.exe'), 'DirectoryName')", "temp").await;
        answers(r#"json_as_text(parse_command_line('a "b c"'), 1)"#, "b c").await;
    }

    #[tokio::test]
    async fn json_results_are_marked() -> Result<()> {
        let frame = context_without_rows().sql("SELECT parse_url('x') AS u, url_host('x') AS h").await?;
        let schema = frame.collect().await?[0].schema();
        assert_eq!(schema.field(0).metadata(), &json_field_metadata());
        assert!(schema.field(1).metadata().is_empty());
        Ok(())
    }

    #[tokio::test]
    async fn wrong_arguments_are_refused() {
        refuses("parse_command_line('a', 'linux')", "parse_command_line: argument 2 can only be 'windows'").await;
        refuses("parse_url(1)", "parse_url: argument 1 must be text").await;
        answers("parse_url(NULL), parse_command_line(NULL, 'windows'), url_host(NULL)", "NULL, NULL, NULL").await;
    }
}
