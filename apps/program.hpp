#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "graph/builder.hpp"

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

/// A pipeline as a command with verbs: run, party, client, explain, graph. A user's `main` declares it and
/// hands over the function that describes the computation.
class Program {
 public:
  using Build = std::function<void(Builder&, const Params&)>;

  Program(std::string name, std::string description);

  /// A public integer, set with --set name=value.
  Program& parameter(const std::string& name, std::int64_t value, const std::string& doc);
  /// A public integer that is the extent of `axis` of an input's data where that data is at hand, and must be
  /// set with
  /// --set name=value where it is not.
  Program& dimension(const std::string& name, const std::string& input, std::size_t axis,
                     const std::string& doc);
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
