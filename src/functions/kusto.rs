//! Kusto's name of a scalar function to the function: what a KQL planner asks. It is built from the functions as they
//! are registered, so that there is no second list to keep.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use datafusion::logical_expr::ScalarUDF;

use super::scalar_functions;

/// What Kusto's functions are called in SQL where DataFusion has a function of the same name and another meaning.
const PREFIX: &str = "kusto_";

static BY_NAME: LazyLock<HashMap<String, Arc<ScalarUDF>>> = LazyLock::new(|| {
    let mut by_name = HashMap::new();
    for function in scalar_functions() {
        let names = function.aliases().iter().cloned().chain([function.name().to_owned()]);
        for name in names {
            // A name with the prefix wins over one without, whichever comes first.
            match name.strip_prefix(PREFIX) {
                Some(plain) => by_name.insert(plain.to_owned(), Arc::clone(&function)),
                None => Some(Arc::clone(by_name.entry(name).or_insert_with(|| Arc::clone(&function)))),
            };
        }
    }
    by_name
});

/// The function that Kusto calls by a name, `None` if there is none here.
pub fn kusto(name: &str) -> Option<Arc<ScalarUDF>> {
    BY_NAME.get(name).map(Arc::clone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kustos_names_win() {
        let name = |name| kusto(name).map(|function| function.name().to_owned());
        for (kusto, ours) in [
            ("substring", "kusto_substring"),
            ("floor", "bin"),
            ("contains", "contains_ci"),
            ("startswith", "startswith_ci"),
            ("tostring", "tostring"),
            ("toboolean", "tobool"),
            ("array_length", "kusto_array_length"),
        ] {
            assert_eq!(name(kusto).as_deref(), Some(ours), "{kusto}");
        }
        assert_eq!(name("kusto_substring"), None);
        assert_eq!(name("coalesce"), None);
    }

    /// What hunting queries use of the families here, by Kusto's documentation.
    #[test]
    fn nothing_common_is_missing() {
        const NAMES: &str = "\
            array_concat array_iff array_iif array_index_of array_length array_reverse array_rotate_left \
            array_rotate_right array_shift_left array_shift_right array_slice array_sort_asc array_sort_desc \
            array_split array_sum bag_has_key bag_keys bag_merge bag_pack bag_remove_keys bag_set_key bag_zip \
            base64_decode_toarray base64_decode_toguid base64_decode_tostring base64_decodestring \
            base64_encode_fromarray base64_encode_fromguid base64_encode_tostring base64_encodestring bin bin_at \
            contains contains_cs countof datetime_add datetime_diff datetime_local_to_utc datetime_part \
            datetime_utc_to_local dayofmonth dayofweek dayofyear dynamic_to_json endofday endofmonth endofweek endofyear \
            endswith endswith_cs extract extract_all extract_json extractjson floor format_bytes format_datetime \
            format_timespan getmonth gettype getyear gzip_compress_to_base64_string \
            gzip_decompress_from_base64_string has has_all has_any has_any_index has_cs hasprefix hasprefix_cs hassuffix \
            hassuffix_cs hourofday indexof indexof_regex isascii isempty isnotempty isnotnull isnull isutf8 \
            jaccard_index make_datetime make_string make_timespan monthofyear new_guid notempty notnull pack pack_array \
            pack_dictionary parse_command_line parse_csv parse_json parse_path parse_url parse_urlquery \
            parse_user_agent parse_version parse_xml parsejson punycode_domain_from_string punycode_domain_to_string \
            punycode_from_string punycode_to_string range regex_quote repeat replace replace_regex replace_string \
            replace_strings reverse set_difference set_equals set_has_element set_intersect set_union split startofday \
            startofmonth startofweek startofyear startswith startswith_cs strcat strcat_array strcat_delim strcmp \
            string_size strlen strrep substring to_utf8 tobool toboolean todatetime todecimal todouble todynamic \
            toguid tohex toint tolong tolower toreal tostring totimespan toupper translate treepath trim trim_end \
            trim_start unicode_codepoints_from_string unicode_codepoints_to_string unixtime_microseconds_todatetime \
            unixtime_milliseconds_todatetime unixtime_nanoseconds_todatetime unixtime_seconds_todatetime url_decode \
            url_encode url_encode_component week_of_year weekofyear zip zlib_compress_to_base64_string \
            zlib_decompress_from_base64_string";
        let missing: Vec<&str> = NAMES.split_whitespace().filter(|name| kusto(name).is_none()).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
