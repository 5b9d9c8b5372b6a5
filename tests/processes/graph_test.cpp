// What `graph`, `explain` and `run --trace` tell of a computation: all of it, and never a value.
#include <httplib.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <thread>

#include "apps/draw/page.hpp"
#include "tests/processes/endpoints.hpp"
#include "tests/processes/examples.hpp"
#include "tests/processes/process.hpp"

using namespace tacet::test;
using Json = nlohmann::json;

namespace {

Json result(const Command& command) {
  const ProcessPtr p = run(command);
  BOOST_TEST_REQUIRE(p->exit_code() == 0, p->text() << ": " << p->err());
  return Json::parse(p->out());
}

std::uint64_t sum(const Json& numbers) {
  std::uint64_t total = 0;
  for (const Json& n : numbers) total += n.get<std::uint64_t>();
  return total;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(graphs)

BOOST_AUTO_TEST_CASE(documents_of_all_examples_hold_together) {
  for (const Example& example : examples()) BOOST_TEST_CONTEXT(example.name) {
      const Json d = result(Command{program(example.name), "graph", "--format", "json"} + example.inputs);
      BOOST_TEST((d["format"] == 1));
      BOOST_TEST((d["title"] == example.name));
      const Json& nodes = d["nodes"];
      const std::size_t count = nodes["op"].size(), scopes = d["scopes"]["name"].size();
      for (const auto& [name, column] : nodes.items()) BOOST_TEST(column.size() == count, name);
      for (const auto& [name, column] : d["scopes"].items()) BOOST_TEST(column.size() == scopes, name);
      for (const char* name : {"op", "name", "location", "type", "people"})
        for (const Json& n : nodes[name]) BOOST_TEST((n < d["strings"].size()));
      for (std::size_t i = 0; i < count; ++i) {
        BOOST_TEST((nodes["scope"][i] < scopes));
        BOOST_TEST((nodes["first_round"][i] <= nodes["last_round"][i]));
        BOOST_TEST((nodes["last_round"][i] <= d["rounds"]));
      }
      for (std::size_t s = 0; s < scopes; ++s)
        BOOST_TEST((s == 0 ? d["scopes"]["parent"][s] == -1 : d["scopes"]["parent"][s] < s));
      for (std::size_t i = 0; i < d["edges"]["to"].size(); ++i)
        BOOST_TEST((d["edges"]["from"][i] < d["edges"]["to"][i]));  // in topological order
      BOOST_TEST(sum(nodes["bytes"]) == sum(d["bytes_sent"]));
      BOOST_TEST(sum(d["round_bytes"]) == sum(d["bytes_sent"]));
      BOOST_TEST(d["round_bytes"].size() == d["rounds"].get<std::size_t>());
      BOOST_TEST(d["critical"].size() == d["rounds"].get<std::size_t>());
    }
}

BOOST_AUTO_TEST_CASE(a_trace_has_every_step_of_every_party_and_no_value) {
  const TempFolder folder;
  const std::string file = folder / "trace.json";
  // 64 bits of a secret that nothing else could hold by chance.
  const std::string marker = "1234567890987654321";
  const Json measured = result({program("inner_product"), "run", "--json", "--trace", file, "-i",
                                "x=[" + marker + ",1]", "-i", "y=[1," + marker + "]"});
  const std::string text = read_text(file);
  BOOST_TEST(text.find(marker) == std::string::npos);
  BOOST_TEST(text.find("1122210f4b2d230") == std::string::npos);  // hexadecimal
  const Json trace = Json::parse(text);
  BOOST_TEST((trace["otherData"]["program"] == "inner_product"));
  BOOST_TEST(trace["otherData"]["clock"].get<std::string>().find("one clock") == 0u);
  const std::size_t endpoints = trace["otherData"]["endpoints"].size();
  BOOST_TEST_REQUIRE(endpoints >= 3u);
  BOOST_TEST((trace["otherData"]["offsets_us"] == Json(std::vector<double>(endpoints, 0))));

  std::map<int, std::set<int>> steps;
  std::map<int, std::map<int, std::uint64_t>> bytes;  // of a step, once
  std::size_t waits = 0;
  for (const Json& e : trace["traceEvents"]) {
    if (e["ph"] != "X") continue;
    const int who = e["pid"];
    BOOST_TEST((e["ts"] >= 0.0 && e["dur"] >= 0.0));
    if (e["cat"] == "wait") {
      ++waits;
      BOOST_TEST((e["args"]["from"] != who));
      continue;
    }
    steps[who].insert(e["args"]["step"].get<int>());
    bytes[who][e["args"]["step"].get<int>()] = e["args"]["bytes"];
  }
  BOOST_TEST(waits > 0u);
  for (int p = 0; p < 3; ++p) {
    BOOST_TEST(steps[p].size() == steps[0].size());
    std::uint64_t sent = 0;
    for (const auto& [step, b] : bytes[p]) sent += b;
    BOOST_TEST((measured["bytes_sent"][static_cast<std::size_t>(p)] == sent));
  }
  for (const std::string format : {"json", "dot", "svg", "html"}) {
    if (format == "html" && !tacet::apps::has_page()) continue;
    Command command{program("inner_product"), "graph", "--format", format, "-i", "x=[" + marker + ",1]", "-i",
                    "y=[1," + marker + "]"};
    if (format == "html") command = command + Command{"--trace", file};
    const ProcessPtr p = run(command);
    BOOST_TEST(p->exit_code() == 0, p->err());
    BOOST_TEST(p->out().find("inner_product") != std::string::npos);
    BOOST_TEST(p->out().find(marker) == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(explain_tells_what_parts_cost) {
  const std::string root = std::string(TACET_SOURCE_DIR) + "/apps/examples/data/";
  const Command classify{program("tacet"), "classify"};
  const Json plan = result(classify + Command{"explain", "--json", "--model", root + "digits.tflite"});
  const Json& parts = plan["parts"];
  BOOST_TEST((parts[0]["name"] == "all"));
  BOOST_TEST((parts[0]["rounds"] == plan["rounds"]));
  BOOST_TEST((parts[0]["critical_rounds"] == plan["rounds"]));
  BOOST_TEST((parts[0]["online_bytes_sent"] == plan["bytes_sent"]));
  std::map<std::string, Json> layers;
  std::uint64_t critical = 0;
  for (const Json& part : parts)
    if (part["parent"] == 0) {
      layers[part["name"]] = part;
      critical += part["critical_rounds"].get<std::uint64_t>();
    }
  BOOST_TEST(critical == plan["rounds"].get<std::uint64_t>());
  for (const char* name : {"layer 1 CONV_2D", "layer 6 AVERAGE_POOL_2D", "layer 8 FULLY_CONNECTED"})
    BOOST_TEST((layers.at(name)["seconds_wan"] > 20e-3 * layers.at(name)["rounds"].get<double>() - 1e-9));
  const ProcessPtr text = run(classify + Command{"explain", "--model", root + "digits.tflite"});
  says(text->out(), {"layer 3 CONV_2D", "select_either", "critical", "wan"});
}

BOOST_AUTO_TEST_CASE(explain_analyze_measures_parts) {
  const Json result_of =
      result({program("inner_product"), "explain", "--analyze", "--json", "-i", "x=[1,2]", "-i", "y=[3,4]"});
  for (const Json& part : result_of["parts"]) {
    BOOST_TEST((part["measured"]["seconds"] > 0.0));
    BOOST_TEST((part["measured"]["seconds"] < 30.0));
    BOOST_TEST((part["measured"]["busy_seconds"] > 0.0));
    BOOST_TEST((part["measured"]["waiting_seconds"] >= 0.0));
  }
}

BOOST_AUTO_TEST_CASE(a_party_serves_its_own_progress_until_the_end) {
  const Endpoints all(3, {});
  const std::uint16_t port = free_port();
  const std::string address = "127.0.0.1:" + std::to_string(port);
  const Command first = all.party("mult3", 0, {"-i", "a=2", "--dashboard", address});
  if (!tacet::apps::has_page()) {
    refused(first, {"without the page"});
    return;
  }
  const ProcessPtr p0 = start(first);
  httplib::Client client("127.0.0.1", port);
  httplib::Result page{nullptr, httplib::Error::Unknown};
  for (const auto deadline = Clock::now() + 10s * kSlow; !page && Clock::now() < deadline;) {
    page = client.Get("/");
    std::this_thread::sleep_for(20ms);
  }
  BOOST_TEST_REQUIRE((page && page->status == 200), p0->err());
  BOOST_TEST(page->body.find("\"title\":\"mult3\"") != std::string::npos);
  std::string events;
  std::atomic<bool> hears = false;
  std::thread watcher([&] {
    httplib::Client(address).Get("/events", [&](const char* data, std::size_t size) {
      events.append(data, size);
      hears = true;
      return true;
    });
  });
  for (const auto deadline = Clock::now() + 10s * kSlow; !hears && Clock::now() < deadline;)
    std::this_thread::sleep_for(2ms);
  // Somebody who says what it wants a byte at a time, for ever.
  std::atomic<bool> over = false;
  std::thread slow([&] {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET, to.sin_port = htons(port), to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0)
      while (!over && ::send(fd, "x", 1, MSG_NOSIGNAL) == 1) std::this_thread::sleep_for(10ms);
    ::close(fd);
  });
  const ProcessPtr p1 = start(all.party("mult3", 1, {"-i", "b=3"})),
                   p2 = start(all.party("mult3", 2, {"-i", "c=7"}));
  BOOST_TEST(all_end({p0.get(), p1.get(), p2.get()}, 20s * kSlow));
  over = true;
  slow.join();
  watcher.join();
  BOOST_TEST(p0->exit_code() == 0, p0->err());
  says(p0->err(), {"http://" + address + "/ shows this job"});
  BOOST_TEST(events.find("event: progress\ndata: {\"seconds\":") == 0u, events);
  BOOST_TEST(events.find("event: end\ndata: {\"ok\":true,\"text\":\"done in ") != std::string::npos, events);
  // A second job finds the port taken, and says so before anything runs.
  httplib::Server other;
  other.set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  BOOST_TEST_REQUIRE(other.bind_to_port("127.0.0.1", port));
  refused(all.party("mult3", 0, {"-i", "a=2", "--dashboard", address}),
          {"--dashboard", "is the port in use?"});
  refused(all.party("mult3", 0, {"-i", "a=2", "--dashboard", "here"}), {"--dashboard", "here"});
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_written_or_are_no_traces_are_named) {
  const TempFolder folder;
  const Command inputs{"-i", "x=[1]", "-i", "y=[1]"};
  refused(Command{program("inner_product"), "run", "--trace", folder / "none" + "/t.json"} + inputs,
          {"none/t.json"});
  write_text(folder / "text.json", "{}");
  refused(Command{program("inner_product"), "graph", "--format", "html", "--trace", folder / "text.json"} +
              inputs,
          {"text.json is no trace"});
  refused(Command{program("inner_product"), "graph", "--trace", folder / "text.json"} + inputs,
          {"--trace", "--format html"});
}

BOOST_AUTO_TEST_SUITE_END()
