#include "apps/program.hpp"

#include <CLI/CLI.hpp>

#include "apps/cli/command.hpp"
#include "apps/cli/flags.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/policy.hpp"
#include "apps/live/messages.hpp"

namespace tacet {
namespace {

using apps::Options;

void data_options(CLI::App& verb, Options& o) {
  verb.add_option(
          "--input,-i", o.inputs,
          "name=source: a .csv, .npy or .json file, - for standard input, or a literal such as "
          "[1,2,3], which other users of this machine can see while the program runs. After a file "
          "or - may follow ,format=csv|npy|json ,header=yes|no ,column=NAME or N "
          ",separator=comma|semicolon|tab|space, all but format for CSV. A number is a column's place; "
          "'f.csv,column=\"2020\"' is the column named 2020")
      ->allow_extra_args(false);
  verb.add_option("--set", o.settings, "name=integer: a public parameter")->allow_extra_args(false);
}

void output_options(CLI::App& verb, Options& o) {
  verb.add_option("--output,-o", o.outputs, "name=file (.csv, .npy or .json), written complete or not at all")
      ->allow_extra_args(false);
}

void describe(CLI::App& app, const Program& program) {
  std::string text;
  for (const auto& p : program.parameters()) {
    text += "  " + p.name + ": " + p.doc;
    if (!p.input.empty()) text += " (axis " + std::to_string(p.axis) + " of input " + p.input + ")";
    if (p.value) text += " (default " + std::to_string(*p.value) + ")";
    if (p.bounds != Bounds{}) text += " (" + apps::bounds_text(p.bounds) + ")";
    text += "\n";
  }
  if (!text.empty()) text = "Parameters for --set:\n" + text + "\n";
  app.footer(text + apps::kExitCodes);
}

}  // namespace

std::int64_t Params::operator[](const std::string& name) const {
  const auto it = values_.find(name);
  if (it == values_.end())
    throw Error(Errc::unknown_name, "the program reads parameter \"" + name + "\", which it did not declare");
  return it->second;
}

Program::Program(std::string name, std::string description)
    : name_(std::move(name)), description_(std::move(description)) {
  apps::give_last_words();
}

Program& Program::parameter(const std::string& name, std::int64_t value, const std::string& doc,
                            const Bounds& bounds) {
  parameters_.push_back({name, value, "", 0, doc, bounds});
  return *this;
}

Program& Program::dimension(const std::string& name, const std::string& input, std::size_t axis,
                            const std::string& doc, const Bounds& bounds) {
  parameters_.push_back({name, std::nullopt, input, axis, doc, bounds});
  return *this;
}

Program& Program::missing(const std::string& input, std::int64_t value) {
  missing_[input] = value;
  return *this;
}

Program& Program::note(const std::string& text) {
  note_ = text;
  return *this;
}

int Program::main(int argc, char** argv, const Build& build) const {
  CLI::App app(description_, name_);
  app.require_subcommand(1);
  describe(app, *this);
  Options o;
  CLI::App* run = app.add_subcommand("run", "All parties and clients in this process");
  CLI::App* party = app.add_subcommand("party", "One computing party of a cluster file");
  CLI::App* client = app.add_subcommand("client", "One outside owner or receiver of a cluster file");
  CLI::App* explain = app.add_subcommand("explain", "Rounds, bytes and memory, before anything runs");
  CLI::App* graph = app.add_subcommand("graph", "The execution graph as a drawing");
  for (CLI::App* verb : {run, party, client, explain, graph}) {
    data_options(*verb, o);
    apps::talk_options(*verb, o);
    apps::policy_options(*verb, o);
  }
  for (CLI::App* verb : {run, explain, graph}) apps::scheme_options(*verb, o);
  for (CLI::App* verb : {run, party, client}) apps::watch_options(*verb, o);
  for (CLI::App* verb : {run, party, client, graph}) apps::mode_option(*verb, o);
  for (CLI::App* verb : {run, party, client, explain}) {
    output_options(*verb, o);
    apps::job_options(*verb, o);
  }
  for (CLI::App* verb : {run, explain}) apps::local_options(*verb, o);
  for (CLI::App* verb : {party, client}) apps::network_options(*verb, o);
  CLI::Option* number = party->add_option("--party", o.party, "Which one, by number (from 0)");
  CLI::Option* name = party->add_option("--name", o.name, "or by name");
  number->excludes(name);
  client->add_option("--name", o.name, "Which one")->required();
  explain->add_flag("--analyze", o.analyze, "Also run, and print measured beside predicted");
  run->add_flag("--check-ranges", o.check_ranges,
                "Compute in the clear first, and refuse what leaves its types, with the program's line");
  apps::draw_options(*graph, o);
  apps::trace_option(*run, o);
  return apps::run_command(app, argc, argv, name_, [&](apps::Terminal& terminal) {
    o.terminal = &terminal;
    apps::set_log_level(o.log);
    if (*party && o.party < 0 && o.name.empty())
      throw Error(Errc::bad_argument, "party: give --party N or --name NAME");
    if (*run) return apps::run_verb(*this, build, o);
    if (*party) return apps::party_verb(*this, build, o, false);
    if (*client) return apps::party_verb(*this, build, o, true);
    if (*explain) return apps::explain_verb(*this, build, o);
    return apps::graph_verb(*this, build, o);
  });
}

}  // namespace tacet
