//! The dialect of the parser: all that sqlparser's generic dialect accepts, with JSON arrows that bind as people read them.
//!
//! Under the generic dialect `c->>'a' = '3'` is read as `c->>('a' = '3')`, and `c->>'a' || 'x'` as `c->>('a' || 'x')`, which answers
//! NULL without a word. Here the arrows bind as tightly as `::`, from the left: `c->'a'->>'b'::int` is `((c->'a')->>'b')::int`.

use std::any::TypeId;

use datafusion::sql::sqlparser::ast::{Expr, UnaryOperator};
use datafusion::sql::sqlparser::dialect::{Dialect, GenericDialect, Precedence};
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token;

/// huntql's SQL dialect.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct HuntDialect;

const GENERIC: GenericDialect = GenericDialect {};

/// A macro's argument instead of a delegation: sqlparser's default methods ask `self`, so a wrapper has to answer every question.
macro_rules! dialect_with {
    ($($feature:ident),* $(,)?) => {
        impl Dialect for HuntDialect {
            // Where the parser asks whether it parses the generic dialect, it does.
            fn dialect(&self) -> TypeId {
                TypeId::of::<GenericDialect>()
            }

            fn is_delimited_identifier_start(&self, ch: char) -> bool {
                GENERIC.is_delimited_identifier_start(ch)
            }

            // Without `#`, so that `c#>>array['a']` reads as the arrow it is.
            fn is_identifier_start(&self, ch: char) -> bool {
                ch != '#' && GENERIC.is_identifier_start(ch)
            }

            fn is_identifier_part(&self, ch: char) -> bool {
                ch != '#' && GENERIC.is_identifier_part(ch)
            }

            fn get_next_precedence(&self, parser: &Parser) -> Option<Result<u8, ParserError>> {
                is_arrow(&parser.peek_token_ref().token).then(|| Ok(self.prec_value(Precedence::DoubleColon)))
            }

            fn parse_prefix(&self, parser: &mut Parser) -> Option<Result<Expr, ParserError>> {
                negative_index(parser)
            }

            $(fn $feature(&self) -> bool {
                true
            })*
        }
    };
}

dialect_with! {
    allow_extract_custom, allow_extract_single_quotes, support_map_literal_syntax, supports_array_join_syntax,
    supports_array_typedef_with_brackets, supports_asc_desc_in_column_definition, supports_bitwise_shift_operators,
    supports_comma_separated_set_assignments, supports_comma_separated_trim, supports_comment_on,
    supports_comment_optimizer_hint, supports_connect_by, supports_constraint_keyword_without_name,
    supports_create_index_with_clause, supports_create_view_comment_syntax, supports_cte_without_as,
    supports_data_type_signed_suffix, supports_detach, supports_dictionary_syntax, supports_empty_projections,
    supports_explain_with_utility_options, supports_extract_comma_syntax, supports_filter_during_aggregation,
    supports_from_first_select, supports_group_by_expr, supports_group_by_with_modifier, supports_install,
    supports_interpolate, supports_interval_options, supports_key_column_option,
    supports_left_associative_joins_without_parens, supports_limit_by, supports_limit_comma,
    supports_load_extension, supports_match_against, supports_match_recognize, supports_multiline_comment_hints,
    supports_named_fn_args_with_assignment_operator, supports_nested_comments, supports_optimize_table,
    supports_parens_around_table_factor, supports_parenthesized_set_variables, supports_partition_by_after_order_by,
    supports_pipe_operator, supports_prewhere, supports_projection_trailing_commas, supports_quote_delimited_string,
    supports_select_format, supports_select_item_multi_column_alias, supports_select_wildcard_except,
    supports_select_wildcard_exclude, supports_select_wildcard_ilike, supports_select_wildcard_rename,
    supports_select_wildcard_replace, supports_set_names, supports_settings, supports_start_transaction_modifier,
    supports_string_escape_constant, supports_struct_literal, supports_try_convert, supports_unicode_string_literal,
    supports_update_order_by, supports_user_host_grantee, supports_values_as_table_factor,
    supports_window_clause_named_window_reference, supports_window_function_null_treatment_arg, supports_with_fill,
    supports_xml_expressions,
}

fn is_arrow(token: &Token) -> bool {
    matches!(token, Token::Arrow | Token::LongArrow | Token::HashArrow | Token::HashLongArrow)
}

/// The `-1` of `c->-1->>'a'`, which would otherwise swallow the arrow behind it.
fn negative_index(parser: &mut Parser) -> Option<Result<Expr, ParserError>> {
    let behind_arrow = is_arrow(&parser.get_current_token().token);
    let is_negative = parser.peek_token_ref().token == Token::Minus;
    if !(behind_arrow && is_negative && matches!(parser.peek_nth_token_ref(1).token, Token::Number(..))) {
        return None;
    }
    parser.next_token();
    let number = parser.parse_value().map(Expr::Value);
    Some(number.map(|number| Expr::UnaryOp { op: UnaryOperator::Minus, expr: Box::new(number) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expression with all its binary operations in parentheses.
    fn grouped(text: &str) -> String {
        fn show(expr: &Expr) -> String {
            match expr {
                Expr::BinaryOp { left, op, right } => format!("({} {op} {})", show(left), show(right)),
                Expr::Cast { expr, data_type, .. } => format!("({}::{data_type})", show(expr)),
                Expr::Like { expr, pattern, .. } => format!("({} LIKE {})", show(expr), show(pattern)),
                Expr::IsNull(expr) => format!("({} IS NULL)", show(expr)),
                Expr::Between { expr, low, high, .. } => {
                    format!("({} BETWEEN {} AND {})", show(expr), show(low), show(high))
                }
                Expr::InList { expr, .. } => format!("({} IN …)", show(expr)),
                Expr::Nested(expr) => show(expr),
                other => other.to_string(),
            }
        }
        let parsed = Parser::new(&HuntDialect).try_with_sql(text).and_then(|mut parser| parser.parse_expr());
        show(&parsed.expect(text))
    }

    #[test]
    fn arrows_bind_tighter_than_what_compares_or_joins_them() {
        for (text, wanted) in [
            ("c->>'a' = '3'", "((c ->> 'a') = '3')"),
            ("'3' = c->>'a'", "('3' = (c ->> 'a'))"),
            ("c->>'a' || 'x'", "((c ->> 'a') || 'x')"),
            ("c->'a'->>'b'", "((c -> 'a') ->> 'b')"),
            ("c->'a'::int + 1", "(((c -> 'a')::INT) + 1)"),
            ("(c->'a')::int + 1", "(((c -> 'a')::INT) + 1)"),
            ("c->>'a' IN ('x')", "((c ->> 'a') IN …)"),
            ("c->>'a' LIKE 'x%'", "((c ->> 'a') LIKE 'x%')"),
            ("c->>'a' BETWEEN 'a' AND 'b'", "((c ->> 'a') BETWEEN 'a' AND 'b')"),
            ("c->>'a' IS NULL", "((c ->> 'a') IS NULL)"),
            ("c#>>array['a'] = 'x' AND d->'e' > 1", "(((c #>> ARRAY['a']) = 'x') AND ((d -> 'e') > 1))"),
            ("c->-1->>'x'", "((c -> -1) ->> 'x')"),
            ("c->0->>'x' > 'y'", "(((c -> 0) ->> 'x') > 'y')"),
        ] {
            assert_eq!(grouped(text), wanted, "{text}");
        }
    }

    /// After an upgrade of sqlparser this test says which feature of the generic dialect to take over.
    #[test]
    fn every_feature_is_answered_as_the_generic_dialect_answers() {
        macro_rules! same {
            ($($feature:ident),* $(,)?) => { $(assert_eq!(HuntDialect.$feature(), GENERIC.$feature(), stringify!($feature));)* };
        }
        same! {
            convert_type_before_value, describe_requires_table_keyword, ignores_wildcard_escapes,
            require_interval_qualifier, requires_single_line_comment_whitespace,
            supports_alter_column_type_using, supports_array_typedef_without_element_type,
            supports_bang_not_operator, supports_binary_kw_as_cast, supports_boolean_literals,
            supports_column_definition_trailing_commas, supports_comma_separated_drop_column_list,
            supports_create_table_like_parenthesized, supports_create_table_multi_schema_info_sources,
            supports_create_table_select, supports_create_table_using, supports_cross_join_constraint,
            supports_dollar_as_money_prefix, supports_dollar_placeholder, supports_double_ampersand_operator,
            supports_end_transaction_modifier, supports_eq_alias_assignment, supports_execute_immediate,
            supports_factorial_operator, supports_from_first_insert, supports_from_trailing_commas,
            supports_geometric_types, supports_in_empty_list, supports_insert_format, supports_insert_set,
            supports_insert_table_alias, supports_insert_table_function, supports_insert_table_query,
            supports_lambda_functions, supports_listen_notify, supports_load_data, supports_long_type_as_bigint,
            supports_map_literal_with_angle_brackets, supports_named_fn_args_with_colon_operator,
            supports_named_fn_args_with_eq_operator, supports_named_fn_args_with_expr_name,
            supports_named_fn_args_with_rarrow_operator, supports_notnull_operator,
            supports_numeric_literal_underscores, supports_numeric_prefix,
            supports_object_name_double_dot_notation, supports_order_by_all, supports_outer_join_operator,
            supports_partiql, supports_select_exclude, supports_select_expr_star, supports_select_modifiers,
            supports_select_wildcard_with_alias, supports_semantic_view_table_factor,
            supports_set_stmt_without_operator, supports_show_like_before_in,
            supports_space_separated_column_options, supports_string_literal_backslash_escape,
            supports_string_literal_concatenation, supports_string_literal_concatenation_with_newline,
            supports_subquery_as_function_arg, supports_table_hints, supports_table_sample_before_alias,
            supports_table_versioning, supports_top_before_distinct, supports_trailing_commas,
            supports_triple_quoted_string, supports_within_after_array_aggregation,
        }
        same! {
            allow_extract_custom, allow_extract_single_quotes, support_map_literal_syntax,
            supports_array_join_syntax, supports_array_typedef_with_brackets,
            supports_asc_desc_in_column_definition, supports_bitwise_shift_operators,
            supports_comma_separated_set_assignments, supports_comma_separated_trim, supports_comment_on,
            supports_comment_optimizer_hint, supports_connect_by, supports_constraint_keyword_without_name,
            supports_create_index_with_clause, supports_create_view_comment_syntax, supports_cte_without_as,
            supports_data_type_signed_suffix, supports_detach, supports_dictionary_syntax,
            supports_empty_projections, supports_explain_with_utility_options, supports_extract_comma_syntax,
            supports_filter_during_aggregation, supports_from_first_select, supports_group_by_expr,
            supports_group_by_with_modifier, supports_install, supports_interpolate, supports_interval_options,
            supports_key_column_option, supports_left_associative_joins_without_parens, supports_limit_by,
            supports_limit_comma, supports_load_extension, supports_match_against, supports_match_recognize,
            supports_multiline_comment_hints, supports_named_fn_args_with_assignment_operator,
            supports_nested_comments, supports_optimize_table, supports_parens_around_table_factor,
            supports_parenthesized_set_variables, supports_partition_by_after_order_by, supports_pipe_operator,
            supports_prewhere, supports_projection_trailing_commas, supports_quote_delimited_string,
            supports_select_format, supports_select_item_multi_column_alias, supports_select_wildcard_except,
            supports_select_wildcard_exclude, supports_select_wildcard_ilike, supports_select_wildcard_rename,
            supports_select_wildcard_replace, supports_set_names, supports_settings,
            supports_start_transaction_modifier, supports_string_escape_constant, supports_struct_literal,
            supports_try_convert, supports_unicode_string_literal, supports_update_order_by,
            supports_user_host_grantee, supports_values_as_table_factor,
            supports_window_clause_named_window_reference, supports_window_function_null_treatment_arg,
            supports_with_fill, supports_xml_expressions,
        }
    }
}
