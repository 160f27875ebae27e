// The closed subset of JSON Schema that plugins describe their settings with, and what it says
// about a value.
//
//   type (a name or a list of names)  properties  required  additionalProperties  enum  const
//   default  minimum maximum  minLength  maxLength  items  minItems  maxItems  title  description
//   examples  deprecated format: duration uri path timezone secret-ref
//
// Where it differs from JSON Schema 2020-12:
//   additionalProperties is false unless written; it is true, false or a schema. Only a schema that
//   says nothing of
//     objects (no type, no properties) lets any object through.
//   `pattern` is left out: the standard library's regular expressions stall on hostile text.
//   format is checked. duration is ours ("4h"), not ISO 8601; path is absolute, or starts with ~/
//   or ${name};
//     timezone is "local" or a zone of the system's table; secret-ref is op://.. env:.. file:/..
//     cred:.. exec:..
//   default fills in a key that is absent; it never replaces null or a wrong value. `required`
//   looks at what was
//     written: a required key with a default is still missing when nobody wrote it, the default is
//     then only what `chela init` and the documentation propose. An absent object is not made up
//     from its members' defaults; "default": {} makes it exist, and then they fill it.
//   A number like 10.0 is an integer, and becomes one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chela/json.h"
#include "chela/result.h"
#include "config/yaml.h"

namespace chela::config {

// One thing that is wrong with a value.
struct Violation {
  std::string pointer;  // JSON pointer of the value, or of the unknown key
  std::string what;     // "unknown key 'evry'"
  std::string wanted;   // "did you mean 'every'?"
  std::string found;    // empty where `what` says it; never the text of a secret-ref
  bool is_about_key = false;

  bool operator==(const Violation&) const = default;
};
using Violations = std::vector<Violation>;

// A schema from a plugin: unknown keywords, keywords of another type, impossible bounds and
// defaults that break their own schema are refused. invalid_argument names the place as a JSON
// pointer into the schema.
Result<void> check_schema(const json::value& schema);

// `value` with the defaults filled in, or everything that is wrong with it (at most 20 entries,
// never empty). `schema` must have passed check_schema. Values nested deeper than 32 levels are
// refused.
tl::expected<json::value, Violations> apply_schema(const json::value& schema,
                                                   const json::value& value);

// "'every': not a duration; wanted a duration like 30m, 4h or 2d; found the string \"soon\"",
// without a place.
std::string describe(const Violation& violation);

// The same as lines "file:line:column: ...". `below` is where the checked value stands in the
// document ("/config").
std::string describe(const Violations& violations, const Document& document,
                     std::string_view below = "");

}  // namespace chela::config
