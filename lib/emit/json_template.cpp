#include "emit/json_template.h"

#include <deque>
#include <string>
#include <unordered_map>

#include "base/format.h"
#include "emit/json_text.h"

namespace ev {
namespace {

constexpr int kObject = -1;
constexpr uint32_t kNone = UINT32_MAX;
constexpr std::size_t kSearchChildren = 16;  // beyond it, children are found by hash

class JsonTree {
 public:
  JsonTree() { nodes_.push_back({}); }

  void place(std::span<const std::string_view> steps, uint16_t path) {
    if (steps.empty()) return add(0, free_key(0, ""), path);
    uint32_t at = 0;
    for (std::size_t i = 0; i < steps.size(); i++) {
      uint32_t found = find(at, steps[i]);
      if (found == kNone) return add_branch(at, steps.subspan(i), path);
      if (i + 1 == steps.size() || nodes_[found].path != kObject)
        return add(at, free_key(at, joined(steps.subspan(i))), path);
      at = found;
    }
  }

  RowTemplate print() const {
    RowTemplate out;
    TextSink text;
    print_object(0, out, text);
    out.literal("\n");
    return out;
  }

 private:
  struct Node {
    std::string_view key;
    int path = kObject;
    std::vector<uint32_t> children;
    std::unordered_map<std::string_view, uint32_t> index;
  };

  uint32_t find(uint32_t parent, std::string_view key) const {
    const Node& node = nodes_[parent];
    if (!node.index.empty()) {
      auto at = node.index.find(key);
      return at == node.index.end() ? kNone : at->second;
    }
    for (uint32_t child : node.children)
      if (nodes_[child].key == key) return child;
    return kNone;
  }

  void add(uint32_t parent, std::string_view key, int path) {
    auto number = static_cast<uint32_t>(nodes_.size());
    nodes_.push_back({key, path, {}, {}});
    Node& node = nodes_[parent];
    node.children.push_back(number);
    if (node.children.size() <= kSearchChildren) return;
    if (node.index.empty())
      for (uint32_t child : node.children) node.index.emplace(nodes_[child].key, child);
    else
      node.index.emplace(key, number);
  }

  void add_branch(uint32_t parent, std::span<const std::string_view> steps, uint16_t path) {
    for (; steps.size() > 1; steps = steps.subspan(1)) {
      add(parent, steps[0], kObject);
      parent = static_cast<uint32_t>(nodes_.size() - 1);
    }
    add(parent, steps[0], path);
  }

  std::string_view joined(std::span<const std::string_view> steps) {
    if (steps.size() == 1) return steps[0];
    std::string& key = made_keys_.emplace_back(steps[0]);
    for (std::string_view step : steps.subspan(1)) key.append(".").append(step);
    return key;
  }

  std::string_view free_key(uint32_t parent, std::string_view key) {
    if (find(parent, key) == kNone) return key;
    std::string& made = made_keys_.emplace_back();
    for (unsigned n = 2;; n++) {
      made = concat(key, '_', n);
      if (find(parent, made) == kNone) return made;
    }
  }

  void print_object(uint32_t object, RowTemplate& out, TextSink& text) const {
    out.literal("{");
    bool first = true;
    for (uint32_t child : nodes_[object].children) {
      text.clear();
      if (!first) text.append(',');
      first = false;
      append_json_string(text, nodes_[child].key);
      text.append(':');
      out.literal(text.text());
      if (nodes_[child].path == kObject)
        print_object(child, out, text);
      else
        out.value(static_cast<uint16_t>(nodes_[child].path));
    }
    out.literal("}");
  }

  std::vector<Node> nodes_;
  std::deque<std::string> made_keys_;
};

}  // namespace

RowTemplate make_json_template(std::span<const std::vector<std::string_view>> steps, std::span<const uint16_t> layout) {
  JsonTree tree;
  for (uint16_t path : layout) tree.place(steps[path], path);
  return tree.print();
}

}  // namespace ev
