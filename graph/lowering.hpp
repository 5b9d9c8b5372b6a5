#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/builder.hpp"
#include "graph/hash_index.hpp"

namespace tacet {

/// What decides between the ways to compute an operation.
struct Policy {
  double round_seconds = 100e-6;    ///< what a round costs however little it carries
  double bytes_per_second = 125e6;  ///< what a party can send
  /// Memory of shares that a party reads and writes in a second where its work counts, as it does when all
  /// parties share a machine; 0: networks are slower.
  double worked_bytes_per_second = 0;
  bool offline_first = false;  ///< what depends on no input is done before, and costs nothing
  std::map<std::string, std::string, std::less<>> prefer;  ///< by operation: the variant to take
};

/// An operation of the program, or one inside it that leaves a choice, and how it is computed.
struct Choice {
  Op op = Op::constant;
  std::string_view variant;    ///< empty: there is but one way
  bool inside = false;         ///< of another operation
  bool discloses = false;      ///< as its row says
  std::uint32_t location = 0;  ///< of its nodes in the lowered graph; of the line alone if `inside`
  std::uint64_t times = 0;     ///< at that line
  std::uint64_t elements = 0;  ///< of all results
};

/// What computing a graph sends, known from the graph alone.
struct Traffic {
  std::uint32_t rounds = 0;                                ///< all
  std::uint32_t offline_rounds = 0;                        ///< of what depends on no input, by itself
  std::uint32_t online_rounds = 0;                         ///< of the rest, once that is done
  std::vector<std::uint64_t> offline_bytes, online_bytes;  ///< by sender
  std::uint64_t offline_work = 0,
                online_work = 0;  ///< of each party: bytes of operands and results in memory
};

/// Follows the rounds as a plan does. With `free_inputs`, inputs are there already and cost nothing.
Traffic traffic_of(const Graph& graph, const Setting& setting, bool free_inputs = false);

/// Nodes that depend on no input, and so can be computed before any is known.
std::vector<bool> offline_nodes(const Graph& graph);

/// What one operation on operands of those types costs when it is computed as the policy says: its declared
/// cost. `variant` forces one of the operation's own variants.
Traffic operation_traffic(Op op, std::span<const ValueType> operands,
                          std::span<const std::int64_t> attributes, const Setting& setting,
                          Policy policy = {}, std::string_view variant = {});

/// The same computation in operations that schemes have kernels for. Operations on public values stay as they
/// are: every party computes them in the clear.
/// Fails: Errc::unknown_name if the policy prefers what does not exist.
Graph lower(const Graph& graph, const Setting& setting, const Policy& policy);

/// What lowerings are written with. Operations they use are lowered at once in their turn.
class Lowering : private Expander {
 public:
  Lowering(const Setting& setting, const Policy& policy);
  ~Lowering() override;

  const Setting& setting() const { return setting_; }
  std::uint32_t t() const { return setting_.t(); }
  Builder& builder() { return builder_; }

  /// Summand j <= t of a value, as an integer shifted right, in another domain. Free and sparse for j = t,
  /// else 1 round and t elements from party j. Source: [Bac24] 4.2.1.
  Value leaf(const Value& x, std::uint32_t j, ElementType to, unsigned shift = 0);
  std::vector<Value> leaves(const Value& x, ElementType to, unsigned shift = 0);
  /// The same summand where it is. Free.
  Value part(const Value& x, std::uint32_t j);

  /// What several operations share, built by the first that asks: results of one computation that has more
  /// than one, each of which is an operation of its own.
  const std::vector<Value>& once(std::vector<std::int64_t> key,
                                 const std::function<std::vector<Value>()>& make);

  Graph run(const Graph& from);
  /// Whether run() replaced an operation by others: if not, it gave the same nodes again.
  bool replaced() const { return replaced_; }
  /// What run() has met, in the order of the program.
  std::vector<Choice> take_choices() { return std::move(made_); }
  /// Lowers one operation on operands of those types and measures it.
  Traffic measure(Op op, std::span<const ValueType> operands, std::span<const std::int64_t> attributes,
                  std::string_view variant);

 private:
  Value expand(Op op, std::span<const Value> operands, std::span<const std::int64_t> attributes) override;
  std::uint32_t location() const override { return location_; }
  std::span<const ValueType* const> types_of(std::span<const Value> values);
  const Variant& choose(Op op, std::span<const Value> operands, std::span<const std::int64_t> attributes);
  /// Counts an operation and, unless it is inside another, sets the location of the nodes that come of it.
  /// Returns its place in `made_`, or kUnnoted.
  std::size_t note(Op op, std::string_view variant);
  double seconds(const Variant& variant, Op op, std::span<const ValueType* const> types,
                 std::span<const std::int64_t> attributes) const;

  Setting setting_;
  Policy policy_;
  Builder builder_;
  std::uint32_t location_ = 0;
  std::map<std::vector<std::int64_t>, std::vector<Value>> shared_;
  /// By the number of operation, types and attributes; shared with the lowerings that only measure.
  struct Choices {
    KeyNumbers keys;
    std::vector<const Variant*> chosen;
  };
  std::shared_ptr<Choices> choices_ = std::make_shared<Choices>();
  std::vector<std::int64_t> key_;  ///< kept for its memory, as is the next
  std::vector<const ValueType*> types_;
  std::uint32_t line_ = 0;   ///< the location in the user's graph
  std::uint32_t depth_ = 0;  ///< operations that are being expanded
  bool replaced_ = false;
  bool discloses_ = false;  ///< what is being expanded
  std::vector<Choice> made_;
  std::vector<std::vector<std::uint32_t>> made_at_;  ///< by line: where in `made_` its operations are
};

}  // namespace tacet
