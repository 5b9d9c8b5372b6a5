#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/builder.hpp"
#include "graph/limits.hpp"

namespace tacet {

/// The public sizes and settings a pipeline is built with.
class Params {
 public:
  explicit Params(std::map<std::string, std::int64_t> values) : values_(std::move(values)) {}
  /// Fails: Errc::unknown_name for a parameter the program did not declare.
  std::int64_t operator[](const std::string& name) const;
  const std::map<std::string, std::int64_t>& values() const { return values_; }

 private:
  std::map<std::string, std::int64_t> values_;
};

/// The values that a setting may have, both ends included.
struct Bounds {
  std::int64_t least = std::numeric_limits<std::int64_t>::min();
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  bool operator==(const Bounds&) const = default;
};

/// Of what becomes an extent of a shape.
inline constexpr Bounds kExtents{0, std::int64_t{kMaxElements}};

/// A pipeline as a command with verbs: run, party, client, explain, graph. A user's `main` declares it and
/// hands over the function that describes the computation.
class Program {
 public:
  using Build = std::function<void(Builder&, const Params&)>;

  Program(std::string name, std::string description);

  /// A public integer, set with --set name=value. Others than within `bounds` are refused by its name.
  Program& parameter(const std::string& name, std::int64_t value, const std::string& doc,
                     const Bounds& bounds = {});
  /// A public integer that is the extent of `axis` of an input's data where that data is at hand, and must be
  /// set with
  /// --set name=value where it is not. Others than within `bounds` are refused by its name.
  Program& dimension(const std::string& name, const std::string& input, std::size_t axis,
                     const std::string& doc, const Bounds& bounds = kExtents);
  /// In the data of `input`, an empty cell or "?" means this value instead of an error.
  Program& missing(const std::string& input, std::int64_t value);
  /// A sentence printed under the results of `run`, for people; not with --json.
  Program& note(const std::string& text);

  /// Runs the verb of the command line. Returns the exit code: 0, 1 for a failed or aborted job, 2 for a
  /// mistake of the user, 3 for results that could not be written where they were asked for. Never throws.
  int main(int argc, char** argv, const Build& build) const;

  struct Parameter {
    std::string name;
    std::optional<std::int64_t> value;
    std::string input;
    std::size_t axis = 0;
    std::string doc;
    Bounds bounds;
  };
  const std::string& name() const { return name_; }
  const std::string& description() const { return description_; }
  const std::vector<Parameter>& parameters() const { return parameters_; }
  const std::map<std::string, std::int64_t>& missing_values() const { return missing_; }
  const std::string& note_text() const { return note_; }

 private:
  std::string name_, description_, note_;
  std::vector<Parameter> parameters_;
  std::map<std::string, std::int64_t> missing_;
};

}  // namespace tacet
