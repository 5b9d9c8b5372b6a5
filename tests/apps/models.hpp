#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "apps/io/data.hpp"

namespace tacet::apps::test {

/// Where networks that others trained are, or nothing; says so.
inline std::string models_folder() {
  const char* folder = std::getenv("TACET_SHARED_DATA");
  if (folder == nullptr) {
    std::cout << "skipped: TACET_SHARED_DATA is not set\n";
    return "";
  }
  return std::string(folder) + "/tflite/";
}

/// The integers of a file.
inline std::vector<std::int32_t> read_values(const std::string& path) {
  const Data data = read_data(path);
  std::vector<std::int32_t> out;
  for (std::size_t i = 0; i < data.cells().size(); ++i) {
    const Cell cell = data.cells()[i];
    const auto magnitude = static_cast<std::int32_t>(cell.magnitude);
    out.push_back(cell.negative ? -magnitude : magnitude);
  }
  return out;
}

}  // namespace tacet::apps::test
