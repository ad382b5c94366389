// The shape of a JSON object that holds the values of a layout.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "emit/row_template.h"

namespace ev {

/// Template of one line: `{"a":1,"b":{"c":2}}` and a line feed. Keys stand in the order in which the layout first names
/// them. `steps` holds the steps of each path of the batch.
///
/// Layouts of events that were read as JSON form a tree. Where others contradict themselves, no key appears twice and
/// no value is lost:
/// - the parts of an object named in two places come together in the first;
/// - a path whose way is barred by a value, or whose place is taken by an object or a value, becomes a key of the
/// object
///   where that happens, its remaining steps joined by dots: a, a.b gives {"a":1,"a.b":2};
/// - where that key is taken as well, it gets the first of the endings _2, _3, ... that is free: a.b, a gives
///   {"a":{"b":1},"a_2":2}.
RowTemplate make_json_template(std::span<const std::vector<std::string_view>> steps, std::span<const uint16_t> layout);

}  // namespace ev
