//! `huntql translate`: how a KQL text is understood. Nothing is run, unless columns depend on the rows.

use super::args::{ScriptArgs, TranslateArgs};
use super::context::Context;
use super::failure::Outcome;
use super::script::Script;
use crate::hunt::{Language, LanguageChoice, in_place};

pub(super) async fn run(args: &TranslateArgs, context: &Context) -> Outcome {
    let script = Script::read(&ScriptArgs {
        command: args.command.clone(),
        file: args.file.clone(),
        lang: LanguageChoice::Only(Language::Kql),
        params: args.params.clone(),
    })?;
    let engine = context.engine().await?;
    for statement in &script.statements {
        let work = context.interrupts.work();
        let (text, options) = (in_place(statement), script.options(statement));
        let translated = work.unless_stopped(engine.kql_translate(&text, &options)).await;
        let translated = translated.ok_or(crate::shell::ShellError::Interrupted).and_then(|done| Ok(done?));
        let translated = translated.map_err(|error| script.failed(error))?;
        let plans = translated.plans.iter().map(|plan| format!("plan\n{}\n", indented(plan)));
        super::print(&format!("{}{}", translated.tree, plans.collect::<String>()))?;
        translated.notes.iter().for_each(|note| context.say(&format!("note: {note}")));
    }
    Ok(())
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
