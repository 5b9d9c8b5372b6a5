#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <iostream>
#include <random>
#include <set>

#include "apps/cli/options.hpp"
#include "apps/cli/places.hpp"
#include "apps/cli/policy.hpp"
#include "apps/io/file.hpp"
#include "apps/io/refusal.hpp"
#include "apps/io/source.hpp"
#include "graph/check_ranges.hpp"
#include "graph/flows.hpp"
#include "protocols/plan_digest.hpp"

namespace tacet::apps {
namespace {

std::pair<std::string, std::string> split(const std::string& text, const std::string& option,
                                          const std::string& what) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
    throw Error(Errc::bad_argument, option + " " + text + ": expected name=" + what);
  return {text.substr(0, equals), text.substr(equals + 1)};
}

std::string listed(const std::set<std::string>& names) {
  std::string out;
  for (const std::string& n : names) out += (out.empty() ? "" : ", ") + n;
  return out.empty() ? "none" : out;
}

std::int64_t parse_integer(const std::string& text, const std::string& what) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw Error(Errc::bad_argument, what + ": \"" + text + "\" is not an integer");
  return value;
}

/// An input as --input gives it. The name may be a value until the program is known to have such an input.
struct Given {
  std::string name, source;
};

std::vector<Given> given_inputs(const Options& options) {
  std::vector<Given> all;
  for (const std::string& text : options.inputs) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
      throw Error(Errc::bad_argument, "--input: expected name=file, name=- or name=literal" +
                                          (options.show_values ? ", found " + text : ""));
    all.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
  return all;
}

/// The sources of those inputs given that the program is known to have.
std::map<std::string, std::string> sources_of(const std::vector<Given>& all,
                                              const std::set<std::string>& known) {
  std::map<std::string, std::string> sources;
  std::string from_standard_input;
  for (const auto& [name, source] : all) {
    if (!known.contains(name)) continue;
    if (!sources.emplace(name, source).second)
      throw Error(Errc::bad_argument, "--input " + name + " is given twice");
    if (!is_standard_input(parse_source(source, name).path)) continue;
    if (!from_standard_input.empty())
      throw Error(Errc::bad_argument,
                  "--input " + name + ": standard input is read for " + from_standard_input + " already");
    from_standard_input = name;
  }
  return sources;
}

/// How an input of the program is read.
ReadOptions read_options(const Program& program, const std::string& name, bool show_values,
                         const std::function<bool()>& cancelled = {}) {
  ReadOptions read;
  read.input_name = name;
  read.show_values = show_values;
  read.cancelled = cancelled;
  read.fractions = true;
  read.tell = [](const std::string& line) { std::cerr << line + "\n"; };
  if (const auto it = program.missing_values().find(name); it != program.missing_values().end())
    read.missing = it->second;
  return read;
}

void check_bounds(const Program::Parameter& parameter, std::int64_t value, const std::string& what) {
  if (value < parameter.bounds.least || value > parameter.bounds.most)
    throw Error(Errc::bad_argument, what + ": expected " + bounds_text(parameter.bounds));
}

Params resolve(const Program& program, const Options& options, const std::map<std::string, Data>& data) {
  std::map<std::string, std::int64_t> given, values;
  std::set<std::string> known;
  for (const auto& p : program.parameters()) known.insert(p.name);
  for (const std::string& text : options.settings) {
    const auto [name, value] = split(text, "--set", "integer");
    if (!known.contains(name))
      throw Error(Errc::unknown_name,
                  "--set " + name + ": the program has no such parameter; it has: " + listed(known));
    if (!given.emplace(name, parse_integer(value, "--set " + name)).second)
      throw Error(Errc::bad_argument, "--set " + name + " is given twice");
  }
  for (const auto& p : program.parameters()) {
    const auto from_data = data.find(p.input);
    if (const auto it = given.find(p.name); it != given.end()) {
      values[p.name] = it->second;
      check_bounds(p, it->second, "--set " + p.name + "=" + std::to_string(it->second));
    } else if (from_data != data.end()) {
      const Shape& shape = from_data->second.shape();
      const std::string of_data = "input " + p.input + ": " + from_data->second.origin().source;
      if (p.axis >= shape.rank())
        throw Error(Errc::shape_mismatch, of_data + " has the shape " + shape.to_string() +
                                              ", but its axis " + std::to_string(p.axis) + " is " + p.name);
      values[p.name] = shape[p.axis];
      check_bounds(p, shape[p.axis],
                   of_data + ": " + p.name + ", its axis " + std::to_string(p.axis) + ", is " +
                       std::to_string(shape[p.axis]));
    } else if (p.value) {
      values[p.name] = *p.value;
    } else {
      throw Error(Errc::missing_input,
                  "the size \"" + p.name + "\" (" + p.doc + ") is not known here: give --set " + p.name +
                      "=N, the same at all endpoints" +
                      (options.offline_first ? ": --offline-first reads no input before it"
                                             : ", or --input " + p.input + "=…"));
    }
  }
  return Params(std::move(values));
}

/// What was read for an input as its elements. Data still knows where each of them stands.
Tensor encode_input(const Graph& graph, const InputInfo& info, const Data& data, const ReadOptions& read) {
  return encode(data, element_of(graph, info), graph.type(info.node).shape, read, info.declared);
}

/// Nobody learns what any of it is: all of it is here.
void check_ranges(const Graph& graph, const Job& job) {
  std::vector<Tensor> inputs;
  for (const InputInfo& info : graph.inputs()) {
    const auto at = job.inputs.find(info.name);
    if (at == job.inputs.end())
      throw Error(Errc::missing_input, "--check-ranges: input \"" + info.name +
                                           "\" is missing: give all inputs, and not --offline-first");
    inputs.push_back(at->second);
  }
  std::mt19937_64 generator(std::random_device{}());
  const auto random = [&](const ValueType& type) {
    Tensor out(type.element, type.shape);
    for (std::uint64_t i = 0; i < out.elements(); ++i)
      out.set(i, (u128{generator()} << 64 | generator()) & low_mask<u128>(type.element.width));
    return out;
  };
  if (const auto overflow = first_overflow(graph, inputs, random))
    throw Error(Errc::value_out_of_range, "--check-ranges: " + *overflow);
  std::cerr << "--check-ranges: on these inputs nothing leaves its type\n";
}

}  // namespace

std::string bounds_text(const Bounds& bounds) {
  return std::to_string(bounds.least) + " to " +
         (bounds.most == kExtents.most ? "2^48" : std::to_string(bounds.most));
}

Scheme parse_scheme(const std::string& text) {
  if (text == "rss") return Scheme::rss;
  if (text == "plain") return Scheme::plain;
  throw Error(Errc::bad_argument, "--scheme " + text + ": expected rss, or plain (which protects nothing)");
}

actors::Timeouts timeouts_of(const Options& options) {
  const auto ms = [](double seconds) {
    return std::chrono::milliseconds(std::max<std::int64_t>(1, std::llround(seconds * 1000)));
  };
  actors::Timeouts timeouts;
  timeouts.connect = ms(options.connect_timeout_s);
  timeouts.silence = ms(options.peer_timeout_s);
  timeouts.stall = ms(options.stall_timeout_s);
  timeouts.heartbeat = std::min(timeouts.heartbeat, timeouts.silence / 4);
  if (options.deadline_s) timeouts.job = ms(*options.deadline_s);
  return timeouts;
}

void plan_job(Job& job, const Graph& graph, Setting setting, const Options& options) {
  const auto started = std::chrono::steady_clock::now();
  check_setting(setting);
  setting.clients = static_cast<std::uint32_t>(graph.clients().size());
  PlanOptions plan_options;
  plan_options.policy = make_policy(options.network, options.prefer, options.offline_first);
  plan_options.memory_bytes = options.memory_bytes;
  auto plan = std::make_shared<Plan>(make_plan(graph, setting, plan_options));
  job.digest = protocols::plan_digest(*plan);
  spdlog::info("plan of {}, {} and {}, digest {:02x}{:02x}{:02x}{:02x}…",
               count_text(plan->graph.size(), "node"), count_text(plan->steps.size(), "step"),
               count_text(plan->rounds, "round"), static_cast<unsigned>(job.digest[0]),
               static_cast<unsigned>(job.digest[1]), static_cast<unsigned>(job.digest[2]),
               static_cast<unsigned>(job.digest[3]));
  if (const auto warning = warning_of(setting.scheme); !warning.empty()) spdlog::warn("{}", warning);
  job.plan = std::move(plan);
  job.plan_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
}

Job prepare(const Program& program, const Program::Build& build, const Options& options,
            std::uint32_t parties, Scheme scheme) {
  Setting setting;
  setting.scheme = scheme;
  setting.n = parties;
  check_setting(setting);
  static_cast<void>(make_policy(options.network, options.prefer, options.offline_first));
  Job job;
  const std::vector<Given> given = given_inputs(options);
  std::map<std::string, Data> data;
  const auto read_all = [&](const std::map<std::string, std::string>& sources) {
    for (const auto& [name, source] : sources)
      if (!options.offline_first && !data.contains(name))
        data.emplace(name, read_data(source, read_options(program, name, options.show_values)));
  };
  // Sizes are read from these, before the graph tells which inputs there are.
  std::set<std::string> sized;
  for (const Program::Parameter& p : program.parameters())
    if (!p.input.empty()) sized.insert(p.input);
  read_all(sources_of(given, sized));
  const Params params = resolve(program, options, data);
  const auto started = std::chrono::steady_clock::now();
  Builder builder;
  build(builder, params);
  const Graph& graph = builder.graph();

  std::set<std::string> inputs, outputs;
  for (const InputInfo& in : graph.inputs()) inputs.insert(in.name);
  for (const OutputInfo& out : graph.outputs()) outputs.insert(out.name);
  for (std::size_t i = 0; i < given.size(); ++i)
    if (!inputs.contains(given[i].name))
      throw Error(Errc::unknown_name,
                  "--input number " + std::to_string(i + 1) +
                      ": the program has no input of the name before =; it has: " + listed(inputs) +
                      (options.show_values ? "; found " + given[i].name : ""));
  job.sources = sources_of(given, inputs);
  read_all(job.sources);
  for (const InputInfo& info : graph.inputs())
    if (const auto values = data.find(info.name); values != data.end())
      job.inputs.emplace(info.name, encode_input(graph, info, values->second,
                                                 read_options(program, info.name, options.show_values)));
  for (const std::string& text : options.outputs) {
    const auto [name, file] = split(text, "--output", "file");
    if (!outputs.contains(name))
      throw Error(Errc::unknown_name,
                  "--output " + name + ": the program has no such output; it has: " + listed(outputs));
    if (!job.output_files.emplace(name, file).second)
      throw Error(Errc::bad_argument, "--output " + name + " is given twice");
  }
  job.name = program.name();
  for (const auto& [name, value] : params.values()) job.settings.emplace(name, std::to_string(value));
  if (options.check_ranges) check_ranges(graph, job);
  plan_job(job, graph, setting, options);
  job.plan_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return job;
}

std::map<std::string, Tensor> read_inputs(const Program& program, const Job& job, const Options& options,
                                          EndpointId owner, const std::function<bool()>& cancelled) {
  std::map<std::string, Tensor> inputs;
  const Graph& graph = job.plan->graph;
  for (const InputInfo& info : graph.inputs()) {
    if (endpoint_of(info.owner, job.plan->setting) != owner) continue;
    const ReadOptions read = read_options(program, info.name, options.show_values, cancelled);
    const Data data = read_data(job.sources.at(info.name), read);
    inputs.emplace(info.name, encode_input(graph, info, data, read));
  }
  return inputs;
}

void require_inputs(const Job& job, const std::vector<EndpointId>& owners) {
  const Graph& graph = job.plan->graph;
  for (const InputInfo& in : graph.inputs()) {
    const EndpointId owner = endpoint_of(in.owner, job.plan->setting);
    if (!owners.empty() && std::find(owners.begin(), owners.end(), owner) == owners.end()) continue;
    if (!job.sources.contains(in.name))
      throw Error(Errc::missing_input, "input \"" + in.name + "\" of " + graph.role_name(in.owner) + " (" +
                                           element_of(graph, in).to_string() + " " +
                                           graph.type(in.node).shape.to_string() +
                                           ") is missing: give --input " + in.name + "=file or a literal");
  }
}

void check_output_files(const Job& job, const Options& options) {
  Places places(options, job.sources);
  if (!options.trace.empty()) places.writes(options.trace, "--trace " + options.trace);
  for (const auto& [name, file] : job.output_files) {
    const std::string extension = extension_of(file);
    if (extension != ".csv" && extension != ".npy" && extension != ".json")
      throw Error(Errc::unsupported,
                  "--output " + name + "=" + file + ": expected a name that ends in .csv, .npy or .json");
    const auto& outputs = job.plan->graph.outputs();
    const auto info =
        std::find_if(outputs.begin(), outputs.end(), [&](const OutputInfo& o) { return o.name == name; });
    if (extension == ".npy" && job.plan->graph.type(info->node).element.width > 64)
      throw Error(Errc::unsupported,
                  "--output " + name + "=" + file +
                      ": NumPy has no integers of more than 64 bits; write .csv or .json instead");
    places.writes(file, "--output " + name + "=" + file);
  }
}

}  // namespace tacet::apps
