#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "graph/hash_index.hpp"
#include "graph/ids.hpp"
#include "graph/interval.hpp"
#include "graph/op.hpp"
#include "graph/tensor.hpp"

namespace tacet {

/// Who owns an input or receives an output: a computing party, or a client outside them.
struct Role {
  bool is_client = false;
  std::uint32_t index = 0;
  bool operator==(const Role&) const = default;
};

/// How people read a result: as two's complement or not, and how many low bits are the fraction.
struct Format {
  bool is_signed = false;
  std::uint8_t frac_bits = 0;
  bool operator==(const Format&) const = default;
};

struct InputInfo {
  std::string name;
  Role owner;
  NodeId node;
  std::uint8_t frac_bits = 0;             ///< numbers are read in units of 2^-frac_bits
  std::optional<Interval> declared = {};  ///< which numbers it may hold, in these units
};

struct OutputInfo {
  std::string name;
  std::vector<Role> receivers;
  Format format;
  NodeId node;
};

/// A part of the program that its author has named: a function, a layer, a loop.
struct ScopeInfo {
  std::string name;
  std::uint32_t parent = 0;
};

/// One operation applied once. Attributes are integers whose meaning the op's file gives.
struct Node {
  Op op;
  std::uint32_t type;
  std::uint32_t operands_begin;
  std::uint32_t operand_count;
  std::uint32_t attributes_begin;
  std::uint32_t attribute_count;
  std::uint32_t location;
};

/// A computation in single static assignment: nodes are appended, never changed, and refer to earlier nodes
/// only.
class Graph {
 public:
  Graph();

  /// Appends a node. `declared` is the type of a source; other types are inferred.
  /// Fails: whatever the op's inference says, with the source line in front.
  NodeId add(Op op, std::span<const NodeId> operands, std::span<const std::int64_t> attributes,
             std::uint32_t location, const ValueType* declared = nullptr);
  NodeId add_input(InputInfo info, const ValueType& type, std::uint32_t location);
  /// `is_negative`: the program has written a negative number.
  NodeId add_constant(Tensor value, std::uint32_t location, bool is_negative = false);
  NodeId add_output(OutputInfo info, NodeId value, std::uint32_t location);
  /// Appends a node of another graph whose tables this one has adopted, on these operands.
  NodeId add_copy(const Graph& from, NodeId id, std::span<const NodeId> operands);

  std::uint32_t size() const { return static_cast<std::uint32_t>(nodes_.size()); }
  const Node& node(NodeId id) const { return nodes_[id.value]; }
  const ValueType& type(NodeId id) const { return types_[nodes_[id.value].type]; }
  std::span<const NodeId> operands(NodeId id) const {
    const Node& n = node(id);
    return {operands_.data() + n.operands_begin, n.operand_count};
  }
  std::span<const std::int64_t> attributes(NodeId id) const {
    const Node& n = node(id);
    return {attributes_.data() + n.attributes_begin, n.attribute_count};
  }

  const std::vector<InputInfo>& inputs() const { return inputs_; }
  const std::vector<OutputInfo>& outputs() const { return outputs_; }
  const std::vector<Tensor>& constants() const { return constants_; }
  bool is_negative_constant(std::size_t index) const { return negative_constants_[index]; }
  const std::vector<std::string>& clients() const { return clients_; }
  /// The client of that name, added if new.
  Role client(const std::string& name);
  /// "party 2", or a client's name.
  std::string role_name(Role role) const;

  /// The scope of that name inside `parent`, added if new. Scope 0 is the program.
  std::uint32_t scope(const std::string& name, std::uint32_t parent);
  const std::vector<ScopeInfo>& scopes() const { return scopes_; }
  /// In which scope something stands.
  std::uint32_t scope_of(std::uint32_t location) const { return places_[location].scope; }

  std::uint32_t locate(const std::source_location& where, std::uint32_t scope = 0);
  /// The same line again under a number of its own: what tells apart the nodes of two of its operations.
  std::uint32_t relocate(std::uint32_t location);
  /// As "file.cpp:12", or empty if unknown.
  std::string location(NodeId id) const;
  std::string location_text(std::uint32_t location) const;
  /// Gives this graph the locations, scopes and clients of another, whose nodes are being rewritten into it.
  void adopt_tables(const Graph& other);
  void reserve(std::size_t nodes);

 private:
  std::uint32_t intern(const ValueType& type);

  struct Place {
    const char* file;
    std::uint32_t line;
    std::uint32_t scope;
    bool operator==(const Place&) const = default;
  };
  std::vector<Node> nodes_;
  std::deque<ValueType> types_;  ///< references to types stay valid while nodes are added
  HashIndex type_index_;
  std::vector<NodeId> operands_;
  std::vector<std::int64_t> attributes_;
  std::vector<InputInfo> inputs_;
  std::vector<OutputInfo> outputs_;
  std::vector<Tensor> constants_;
  std::vector<bool> negative_constants_;
  std::vector<std::string> clients_;
  std::vector<Place> places_;
  std::vector<ScopeInfo> scopes_;
  std::map<std::pair<std::uint32_t, std::string>, std::uint32_t> scope_index_;  ///< by parent and name
};

/// What one element of an input is, as the program has written it: plans hold integers.
ElementType element_of(const Graph& graph, const InputInfo& input);

/// Whether a tensor is what the program has declared an input to be.
/// Fails: Errc::type_mismatch, shape_mismatch or, for a number outside the declared ones, value_out_of_range,
/// naming the element and not its value.
void check_input(const Graph& graph, const InputInfo& input, const Tensor& value);

/// Checks what construction does not: names given once, owners and receivers that exist among n parties,
/// every output reachable. Fails: Error naming the node and its source line.
void verify(const Graph& graph, const Setting& setting);

}  // namespace tacet
