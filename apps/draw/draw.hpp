#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "graph/plan.hpp"

namespace tacet::apps {

/// What one box of a drawing stands for.
enum class DrawDetail {
  automatic,  ///< the finest of the others that stays within DrawOptions::max_boxes
  nodes,      ///< one operation of the program
  steps,      ///< operations that run together, and all tiles of a large one
  rounds,     ///< all operations of one kind in one round
};

struct DrawOptions {
  std::string title{};
  DrawDetail detail = DrawDetail::automatic;
  std::size_t max_boxes = 2000;  ///< dot lays out that many in seconds; more nobody can read
};

/// The plan as a Graphviz drawing, left to right: what is computed in each round, what each operation sends,
/// who brings what and who learns what. Holds public facts only, and the same plan gives the same text.
/// Fails: Errc::unsupported if the detail asked for, or the coarsest one, needs more than max_boxes.
std::string to_dot(const Plan& plan, const DrawOptions& options = {});

/// A drawing laid out as SVG by the `dot` program of Graphviz.
/// Fails: Errc::unsupported if it is not installed, fails or is not done in time; the message says what it
/// said.
std::string to_svg(const std::string& dot, std::chrono::milliseconds deadline = std::chrono::seconds(60));

}  // namespace tacet::apps
