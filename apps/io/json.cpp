#include "apps/io/json.hpp"

#include <utility>

#include "apps/io/refusal.hpp"

namespace tacet::apps {

namespace {

// A file of brackets alone would otherwise make a shape of a million axes; NumPy stops at 32 as well.
constexpr std::size_t kMaxRank = 32;

// Arrays of one shape need no tree: the count of items of every open array, and the extents that the first
// closed array of each depth set for all others, say everything. So nesting costs no stack and text costs no
// memory.
class JsonReader {
 public:
  JsonReader(std::string_view text, Origin origin, const ReadOptions& options)
      : text_(text), origin_(std::move(origin)), options_(options) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = line_begin_ = 3;
  }

  Data read() {
    do {
      read_item();
    } while (!open_.empty());
    skip_space();
    if (at_ != text_.size()) refuse_here("expected nothing after the end of the value");
    return Data(Shape(extents_), std::move(cells_), std::move(origin_), std::move(fractions_));
  }

 private:
  // One value, or the opening of an array; then the commas and closing brackets that follow it.
  void read_item() {
    skip_space();
    if (at_ == text_.size()) refuse_here(open_.empty() ? "no value" : "the array ends nowhere, expected ]");
    if (text_[at_] == '[') {
      open_array();
      skip_space();
      if (at_ == text_.size() || text_[at_] != ']') return;
    } else {
      read_cell();
    }
    while (!open_.empty()) {
      skip_space();
      if (at_ < text_.size() && text_[at_] == ',') {
        ++at_;
        return;
      }
      if (at_ == text_.size() || text_[at_] != ']')
        refuse_here(at_ == text_.size() ? "the array ends nowhere, expected ]" : "expected a comma or ]");
      close_array();
    }
  }

  void open_array() {
    count_item();
    if (open_.size() == kMaxRank)
      refuse_here("arrays are nested more than " + std::to_string(kMaxRank) + " deep");
    if (leaf_depth_known_ && open_.size() == leaf_depth_)
      refuse_here("this array is nested deeper than those before");
    open_.push_back(0);
    if (extents_.size() < open_.size()) extents_.push_back(kUnknown);
    ++at_;
  }

  void close_array() {
    const std::size_t depth = open_.size() - 1;
    const std::int64_t items = open_.back();
    // Without a single item in it an array is a leaf as much as a number is.
    if (items == 0) set_leaf_depth(open_.size());
    if (extents_[depth] == kUnknown) extents_[depth] = items;
    if (items != extents_[depth])
      refuse_here("this array has " + std::to_string(items) + (items == 1 ? " item" : " items") +
                  ", expected " + std::to_string(extents_[depth]) + " as in those before");
    open_.pop_back();
    ++at_;
  }

  void read_cell() {
    count_item();
    set_leaf_depth(open_.size());
    if (origin_.kind == Origin::Kind::json && (origin_.marks.empty() || origin_.marks.back().line != line_))
      origin_.marks.push_back({cells_.size(), line_});
    const bool is_string = text_[at_] == '"';
    const std::size_t begin = at_;
    const std::string_view token = is_string ? string_token() : bare_token();
    if (token == "null" && !is_string) {
      if (options_.missing) return cells_.push(*options_.missing);
      at_ = begin;
      refuse_here("null, expected an integer: missing cells have no value here");
    }
    if (!is_string && (token == "true" || token == "false"))
      return cells_.push(std::int64_t{token == "true"});
    const Number number = parse_number(token);
    if (number.kind == NumberKind::integer) return cells_.push(number.value);
    const bool is_object = text_[begin] == '{';
    if (number.kind == NumberKind::fraction && options_.fractions) {
      fractions_.push_back({cells_.size(), std::string(token)});
      return cells_.push(Cell{});
    }
    at_ = begin;
    refuse_here(is_object
                    ? "expected a number or an array of numbers"
                    : why_not_integer(number.kind, token.empty() ? text_.substr(begin, 1) : token, options_));
  }

  std::string_view string_token() {
    const std::size_t begin = ++at_;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\n') ++at_;
    const std::string_view token = text_.substr(begin, at_ - begin);
    if (at_ == text_.size() || text_[at_] != '"') refuse_here("a string ends nowhere, expected \"");
    ++at_;
    return token;
  }

  std::string_view bare_token() {
    const std::size_t begin = at_;
    while (at_ < text_.size() &&
           std::string_view(" \t\r\n,[]{}\":").find(text_[at_]) == std::string_view::npos)
      ++at_;
    return text_.substr(begin, at_ - begin);
  }

  void count_item() {
    if (!open_.empty()) ++open_.back();
  }

  void set_leaf_depth(std::size_t depth) {
    if (!leaf_depth_known_) {
      leaf_depth_ = depth;
      leaf_depth_known_ = true;
    } else if (depth != leaf_depth_) {
      refuse_here("this item is " + std::to_string(depth) + " arrays deep, expected " +
                  std::to_string(leaf_depth_) + " as those before");
    }
  }

  void skip_space() {
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') {
        ++line_;
        line_begin_ = at_ + 1;
      } else if (c != ' ' && c != '\t' && c != '\r') {
        return;
      }
    }
  }

  [[noreturn]] void refuse_here(const std::string& what) const { refuse(options_, here(), what); }
  std::string here() const {
    const std::string column = "column " + std::to_string(at_ - line_begin_ + 1) + " of ";
    return origin_.kind == Origin::Kind::literal
               ? column + origin_.source
               : "line " + std::to_string(line_) + ", " + column + origin_.source;
  }

  static constexpr std::int64_t kUnknown = -1;

  std::string_view text_;
  Origin origin_;
  const ReadOptions& options_;
  std::size_t at_ = 0;
  std::uint64_t line_ = 1;
  std::size_t line_begin_ = 0;
  std::vector<std::int64_t> open_;     // items so far of each open array, outermost first
  std::vector<std::int64_t> extents_;  // of the first closed array of each depth
  std::size_t leaf_depth_ = 0;
  bool leaf_depth_known_ = false;
  Cells cells_;
  std::vector<Data::Fraction> fractions_;
};

}  // namespace

Data parse_json(std::string_view text, Origin origin, const ReadOptions& options) {
  return JsonReader(text, std::move(origin), options).read();
}

}  // namespace tacet::apps
