#pragma once

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/processes/process.hpp"

namespace tacet::test {

/// A file of the examples' data.
inline std::string data(const std::string& name) {
  return std::string(TACET_SOURCE_DIR) + "/apps/examples/data/" + name + ".csv";
}

inline std::vector<std::vector<std::string>> cells(const std::string& file) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(read_text(file));
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) continue;
    rows.emplace_back();
    std::istringstream row(line);
    for (std::string cell; std::getline(row, cell, ',');) rows.back().push_back(cell);
  }
  return rows;
}

/// The scores that risk_score computes, in the plainest way: w . x + b for each record, "?" being 1, at scale
/// 2^16.
inline std::vector<std::int64_t> plain_scores(const std::string& records) {
  const auto weights = cells(data("weights"));
  const std::int64_t bias = std::stoll(cells(data("bias"))[0][0]);
  std::vector<std::int64_t> out;
  for (const auto& record : cells(records)) {
    std::int64_t sum = bias;
    for (std::size_t i = 0; i < 9; ++i)
      sum +=
          std::stoll(weights.at(i)[0]) * (record[i] == "?" || record[i].empty() ? 1 : std::stoll(record[i]));
    out.push_back(sum);
  }
  return out;
}

/// Whether each of them is malignant.
inline std::vector<std::int64_t> plain_classes(const std::string& records) {
  std::vector<std::int64_t> classes = plain_scores(records);
  for (std::int64_t& x : classes) x = x > 0;
  return classes;
}

/// Printed scores at scale 2^16 again: their digits are enough for exactly that.
inline std::vector<std::int64_t> scaled(const nlohmann::json& scores) {
  std::vector<std::int64_t> out;
  for (const auto& score : scores) out.push_back(std::llround(score.get<double>() * 65536));
  return out;
}

struct Example {
  std::string name;
  Command inputs;
  nlohmann::json outputs;  ///< worked out by hand or by the simplest loop, from the files
};

inline std::vector<Example> examples() {
  const Command risk_score{"-i", "weights=" + data("weights"), "-i", "bias=" + data("bias"),
                           "-i", "records=" + data("records")};
  return {
      {"mult3",
       {"-i", "a=" + data("a"), "-i", "b=" + data("b"), "-i", "c=" + data("c")},
       {{"product", -3080000}}},
      {"inner_product", {"-i", "x=" + data("x"), "-i", "y=" + data("y")}, {{"product", 11}}},
      {"crosstabs",
       {"-i", "category=" + data("category"), "-i", "value=" + data("value")},
       {{"totals", {4700, 4140, 1810}}, {"counts", {3, 3, 2}}}},
      {"risk_score", risk_score, {{"malignant", plain_classes(data("records"))}}},
      {"risk_score", risk_score + Command{"--set", "scores=1"}, {{"scores", plain_scores(data("records"))}}},
      {"millionaires",
       {"-i", "first=" + data("wealth_first"), "-i", "second=" + data("wealth_second")},
       {{"richer", 0}}},
      {"private_max",
       {"-i", "value0=" + data("value0"), "-i", "value1=" + data("value1"), "-i", "value2=" + data("value2")},
       {{"largest", 23}, {"party", 2}}},
      {"histogram",
       {"-i", "codes0=" + data("codes0"), "-i", "codes1=" + data("codes1"), "-i", "codes2=" + data("codes2")},
       {{"counts", {2, 6, 1, 3, 2}}}},
      {"median_salary",
       {"-i", "salaries0=" + data("salaries0"), "-i", "salaries1=" + data("salaries1"), "-i",
        "salaries2=" + data("salaries2")},
       {{"median", 3500}}},
  };
}

}  // namespace tacet::test
