//! Why a script cannot be planned.

use datafusion::common::DataFusionError;

use crate::kql::syntax::ast::Span;

/// Why a script cannot be planned, as a sentence.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Something in the script cannot be run here.
    #[error("{message}")]
    Refused {
        /// A sentence that names it and says what to do.
        message: String,
        /// Where it stands in the script, if one place can be told.
        span: Option<Span>,
    },
    /// DataFusion or a function refused.
    #[error(transparent)]
    DataFusion(#[from] DataFusionError),
}

impl PlanError {
    /// A refusal without a place.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::Refused { message: message.into(), span: None }
    }

    /// A refusal of what stands at a place.
    pub fn at(span: Span, message: impl Into<String>) -> Self {
        Self::Refused { message: message.into(), span: Some(span) }
    }
}

/// What everything in this room gives.
pub(super) type Result<T> = std::result::Result<T, PlanError>;
