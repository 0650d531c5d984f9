//! What the hunts of a run would read, told before anything is read.

use std::fmt::Write;

use indicatif::HumanCount;

use crate::cli::batch::printable;
use crate::cli::context::Context;
use crate::cli::failure::Outcome;
use crate::engine::{Engine, Error, Price, QueryOptions};
use crate::hunt::{How, Hunt, HuntError, Language, in_place};
use crate::output;

/// Prints a line for each hunt: the blobs, bytes and hours of receipt that it would read if it ran alone.
///
/// # Errors
/// Ctrl-C, and an output that nobody reads; a hunt that cannot be priced says why on its line.
pub(super) async fn tell(hunts: &[Result<Hunt, HuntError>], how: &How, context: &Context) -> Outcome {
    let engine = context.engine().await?;
    crate::cli::print("   blobs       bytes   hours  hunt\n")?;
    for hunt in hunts {
        let line = match hunt {
            Ok(hunt) => {
                let priced = context.unless_stopped(async { Ok(price(hunt, how, &engine).await) }).await?;
                line(&hunt.metadata.name, priced)
            }
            Err(error) => line(&error.path.display().to_string(), Err(error.to_string())),
        };
        crate::cli::print(&line)?;
    }
    context.say("each hunt is told as if it ran alone: what several of them want is read once for all");
    Ok(())
}

fn line(name: &str, priced: Result<Price, String>) -> String {
    let mut line = String::new();
    // Writing to a string cannot fail.
    let _ = match priced {
        Ok(price) => writeln!(
            line,
            "{:>8}  {:>10}  {:>6}  {}",
            HumanCount(price.blobs).to_string(),
            output::bytes(price.bytes),
            HumanCount(price.hours.len() as u64).to_string(),
            printable(name)
        ),
        Err(reason) => {
            let reason = reason.lines().next().unwrap_or_default();
            writeln!(line, "{:>28}  {}: {}", "not known", printable(name), printable(reason))
        }
    };
    line
}

/// What all statements of a hunt would read.
async fn price(hunt: &Hunt, how: &How, engine: &Engine) -> Result<Price, String> {
    let params = hunt.bind(&how.given).map_err(|error| error.to_string())?;
    let options = QueryOptions { params, scope: how.scope.clone(), ..QueryOptions::default() };
    let mut whole = Price::default();
    for statement in hunt.statements() {
        let text = in_place(&statement);
        let priced: Result<Price, Error> = match hunt.language {
            Language::Sql => engine.sql_price(&text, &options).await,
            Language::Kql => engine.kql_price(&text, &options).await,
        };
        whole.join(priced.map_err(|error| error.to_string())?);
    }
    Ok(whole)
}
