//! What the tests of this room share: functions called through SQL, the way users do, answers compared as text.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, LargeStringArray, RecordBatch, StringArray, StringViewArray},
        util::display::{ArrayFormatter, FormatOptions},
    },
    common::Result,
    prelude::SessionContext,
};

/// A session with all functions and no table.
pub fn context_without_rows() -> SessionContext {
    let mut state = SessionContext::new().state();
    datafusion_functions_json::register_all(&mut state).unwrap();
    super::register_all(&mut state).unwrap();
    SessionContext::new_with_state(state)
}

/// The same with a table `t` of one column `t`.
pub fn context(column: ArrayRef) -> SessionContext {
    let context = context_without_rows();
    let batch = RecordBatch::try_from_iter_with_nullable([("t", column, true)]).unwrap();
    context.register_batch("t", batch).unwrap();
    context
}

/// The rows of a query, their cells parted by commas.
pub async fn rows(context: &SessionContext, query: &str) -> Result<Vec<String>> {
    let mut rows = Vec::new();
    for batch in context.sql(query).await?.collect().await? {
        let options = FormatOptions::new().with_null("NULL");
        let columns = batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options));
        let columns = columns.collect::<Result<Vec<_>, _>>()?;
        for row in 0..batch.num_rows() {
            rows.push(columns.iter().map(|column| column.value(row).to_string()).collect::<Vec<_>>().join(", "));
        }
    }
    Ok(rows)
}

/// `SELECT expressions` must answer `expected`, its rows parted by semicolons.
pub async fn answers(expressions: &str, expected: &str) {
    let rows = rows(&context_without_rows(), &format!("SELECT {expressions}")).await;
    assert_eq!(rows.unwrap_or_else(|error| panic!("{expressions}: {error}")).join("; "), expected, "{expressions}");
}

/// What an expression over a column `t` gives.
pub async fn over(column: ArrayRef, expression: &str) -> Vec<String> {
    rows(&context(column), &format!("SELECT {expression} FROM t")).await.unwrap()
}

/// An expression over a column `t` of each of Arrow's text types must answer `expected`, a row a text. The column is
/// a slice, so that offsets count.
pub async fn every_text_type(texts: &[Option<&str>], expression: &str, expected: &[&str]) {
    let padded: Vec<Option<&str>> = [Some("before")].into_iter().chain(texts.iter().copied()).collect();
    let columns: [ArrayRef; 3] = [
        Arc::new(StringArray::from(padded.clone())),
        Arc::new(LargeStringArray::from(padded.clone())),
        Arc::new(StringViewArray::from(padded)),
    ];
    for column in columns {
        let column = column.slice(1, texts.len());
        let kind = column.data_type().clone();
        assert_eq!(over(column, expression).await, expected, "{expression} over {kind}");
    }
}

/// The optimised plan of a query over a table `t`.
pub async fn plan(query: &str, column: ArrayRef) -> String {
    let frame = context(column).sql(query).await.unwrap();
    frame.into_optimized_plan().unwrap().to_string()
}

/// `SELECT expressions` must fail at the latest when it runs, with a message that holds `message`.
pub async fn fails(expressions: &str, message: &str) {
    match rows(&context_without_rows(), &format!("SELECT {expressions}")).await {
        Ok(rows) => panic!("{expressions} did not fail but answered {rows:?}"),
        Err(error) => assert!(error.to_string().contains(message), "{error}\ndoes not hold\n{message}"),
    }
}

/// `SELECT expressions` must be refused while it is planned, with a message that holds `message`.
pub async fn refuses(expressions: &str, message: &str) {
    let planned = async {
        let frame = context_without_rows().sql(&format!("SELECT {expressions}")).await?;
        frame.create_physical_plan().await
    };
    match planned.await {
        Ok(_) => panic!("{expressions} was not refused"),
        Err(error) => assert!(error.to_string().contains(message), "{error}\ndoes not hold\n{message}"),
    }
}
