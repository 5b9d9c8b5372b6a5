// What README shows is what happens: its sessions are typed in, its tables compared.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "tests/processes/examples.hpp"

using namespace tacet::test;
using Json = nlohmann::json;

namespace {

const std::string& readme() {
  static const std::string text = read_text(fs::path(TACET_SOURCE_DIR) / "README.md");
  return text;
}

/// A command that README shows, and what it prints.
struct Session {
  std::string command;
  std::vector<std::string> lines;
};

std::vector<Session> sessions() {
  std::vector<Session> out;
  const std::string begin = "\n```\n$ ", end = "\n```";
  for (std::size_t at = readme().find(begin); at != std::string::npos; at = readme().find(begin, at)) {
    at += begin.size();
    std::istringstream lines(readme().substr(at, readme().find(end, at) - at));
    Session session;
    bool goes_on = true;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("$ ")) {
        session.command += " && " + line.substr(2);
      } else if (goes_on) {
        session.command += line;
      } else {
        session.lines.push_back(line);
        continue;
      }
      goes_on = session.command.ends_with('\\');
      if (goes_on) session.command.pop_back();
    }
    out.push_back(std::move(session));
  }
  return out;
}

/// A line without what differs from run to run: times, bytes that TLS adds, memory in use, fingerprints, what
/// README leaves out.
std::regex pattern_of(const std::string& line) {
  std::string text = std::regex_replace(line, std::regex(R"([.*+?^${}()|\[\]\\])"), R"(\$&)");
  const std::string number = R"([0-9]+(?:\\\.[0-9]+)?)";
  text = std::regex_replace(text, std::regex("…"), ".*");
  text = std::regex_replace(text, std::regex("sha256:[0-9a-f]+"), "sha256:[0-9a-f]+");
  text = std::regex_replace(text, std::regex(number + "( m?s\\b)"), "[0-9.]+$1");
  text = std::regex_replace(text, std::regex(number + "( k?B on the wire)"), "[0-9.]+$1");
  return std::regex(std::regex_replace(text, std::regex("held " + number), "held [0-9.]+"));
}

/// The cells of the rows of the table whose first line starts so, without backquotes.
std::vector<std::vector<std::string>> table(const std::string& first) {
  std::vector<std::vector<std::string>> rows;
  const std::size_t at = readme().find("\n" + first);
  BOOST_TEST_REQUIRE(at != std::string::npos, first);
  std::istringstream lines(readme().substr(at + 1));
  for (std::string line; std::getline(lines, line) && line.starts_with('|');) {
    if (line.starts_with(first) || line.starts_with("|--")) continue;
    std::erase(line, '`');
    std::istringstream row(line.substr(1));
    rows.emplace_back();
    for (std::string cell; std::getline(row, cell, '|');)
      rows.back().push_back(std::regex_replace(cell, std::regex("^ +| +$"), ""));
  }
  return rows;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(readme_shows)

BOOST_AUTO_TEST_CASE(what_its_commands_print) {
  const TempFolder folder;
  fs::create_directory_symlink(fs::path(TACET_SOURCE_DIR) / "apps", folder / "apps");
  write_text(folder / "staff.csv", "name,salary\nann,3000\nben,3500\ncarl,2800\n");
  for (const char* name : {"s.json", "other.json"}) write_text(folder / name, "[3100, 2900, 4000]");
  std::string many = "[0";
  for (int i = 1; i < 1000; ++i) many += "," + std::to_string(i);
  for (const char* name : {"x.json", "y.json"}) write_text(folder / name, many + "]");
  const std::string path = fs::path(program("tacet")).parent_path().string();
  const std::vector<Session> all = sessions();
  BOOST_TEST(all.size() >= 7u);
  for (const Session& session : all) {
    const ProcessPtr p = run({"/bin/sh", "-c", "PATH='" + path + "':$PATH; " + session.command},
                             {-1, -1, folder.path().string()});
    BOOST_TEST(p->exit_code() == 0, session.command << ": " << p->err());
    const std::string printed = p->err() + p->out();
    auto from = printed.begin();
    for (const std::string& line : session.lines) {
      std::smatch found;
      const bool is_there = std::regex_search(from, printed.end(), found, pattern_of(line));
      BOOST_TEST(is_there, session.command << "\nprints no line \"" << line << "\" where README has it, but\n"
                                           << printed);
      if (is_there) from = found[0].second;
    }
  }
}

BOOST_AUTO_TEST_CASE(the_options_of_a_party_and_their_defaults) {
  std::string help = run({program("mult3"), "party", "--help"})->out();
  help = std::regex_replace(help, std::regex(" *\n +| +"), " ");
  const auto rows = table("| option | default | |");
  BOOST_TEST(rows.size() == 4u);
  for (const auto& row : rows) {
    const std::size_t at = help.find(row[0] + " ");
    BOOST_TEST_REQUIRE(at != std::string::npos, row[0]);
    const std::string by_default = row[1].substr(0, row[1].find(' '));
    const std::size_t said = help.find("default", at), next = help.find(" --", at + 1);
    BOOST_TEST((said < next && std::regex_search(help.substr(said, next - said),
                                                 std::regex("^default:? " + by_default + "\\b"))),
               row[0] << " " << by_default << ": " << help.substr(at, 300));
  }
}

BOOST_AUTO_TEST_CASE(the_rounds_of_mobilenet_in_every_mode) {
  const char* shared = std::getenv("TACET_SHARED_DATA");
  if (shared == nullptr) {
    BOOST_TEST_MESSAGE("skipped: TACET_SHARED_DATA is not set");
    return;
  }
  const auto rows = table("| mode | rounds |");
  BOOST_TEST(rows.size() == 4u);
  for (const auto& row : rows) {
    const ProcessPtr p =
        run({program("tacet"), "classify", "explain", "--json", "--network", "loopback", "--model",
             std::string(shared) + "/tflite/mobilenet_v1_0.25_128_quant.tflite", "--mode", row[0]});
    BOOST_TEST_REQUIRE(p->exit_code() == 0, p->err());
    const Json plan = Json::parse(p->out());
    BOOST_TEST((plan["rounds"] == std::stoi(row[1])), row[0] << ": " << plan["rounds"]);
    double most = 0;
    for (int party = 0; party < 3; ++party) most = std::max(most, plan["bytes_sent"][party].get<double>());
    BOOST_TEST(std::abs(most / 1e6 - std::stod(row[2].substr(row[2].find('(') + 1))) < 0.5,
               row[0] << ": " << plan["bytes_sent"]);
  }
}

BOOST_AUTO_TEST_SUITE_END()
