// Everything a user can get wrong before a job runs: each is refused with exit code 2 and a sentence that
// names what is wrong, where, and what was expected; nothing appears on standard output or on disk.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/processes/endpoints.hpp"
#include "tests/processes/examples.hpp"
#include "transport/identity.hpp"

using namespace tacet::test;

namespace {

Command mult3(const Command& more) {
  return Command{program("mult3"), "run", "--json", "-i", "a=2", "-i", "b=3", "-i", "c=4"} + more;
}

/// A file with these bytes, in a folder of its own.
struct File {
  TempFolder folder;
  std::string path;
  File(const std::string& name, const std::string& text) : path(folder / name) { write_text(path, text); }
};

void refused_vector(const std::string& x, const std::vector<std::string>& parts) {
  refused({program("inner_product"), "run", "--json", "-i", "x=" + x, "-i", "y=[1,2,3]"}, parts);
}

/// A port that someone else listens on.
struct Occupied {
  int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  explicit Occupied(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    BOOST_TEST_REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    BOOST_TEST_REQUIRE(::listen(fd, 1) == 0);
  }
  ~Occupied() { ::close(fd); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(mistakes)

BOOST_AUTO_TEST_CASE(verbs_and_options) {
  refused({program("mult3")}, {"expected a verb: run, party, client, explain, graph"});
  refused({program("mult3"), "rnu"}, {"\"rnu\" is no verb", "run, party"});
  refused({program("tacet")}, {"expected a verb: keygen, classify, bench"});
  refused({program("tacet"), "kegyen"}, {"\"kegyen\" is no verb", "keygen, classify, bench"});
  refused({program("tacet"), "keygen"}, {"--name"});
  refused({program("tacet"), "keygen", "--name", "a/b"}, {"--name a/b", "slash"});
  refused({program("tacet"), "keygen", "--name", "a", "--days", "0"}, {"--days 0", "1 to 3650"});
  refused({program("tacet"), "bench", "speed"}, {"speed", "expected one of"});
  refused(mult3({"--frobnicate"}), {"--frobnicate"});
  refused(mult3({"--frobnicate=5", "7", "[1,", "2]"}), {"no such option: --frobnicate\n"});
  refused(mult3({"[1,", "2]"}), {"2 words more than expected", "quotes"});
  refused(mult3({"--scheme", "shamir"}), {"--scheme shamir", "rss"});
  refused(mult3({"--transport", "carrier-pigeon"}), {"--transport carrier-pigeon", "tls or memory"});
  refused(mult3({"--log", "loud"}), {"--log", "loud", "warn"});
  refused(mult3({"--threads", "0"}), {"--threads", "0", "1"});
  for (const std::string option : {"--delay", "--rate"})
    for (const std::string value :
         {"-1", "nan", "-nan", "inf", "-inf", "1e300", "3600001e6", "1,5", "0x", "ten"})
      refused(mult3({option, value}), {option, value});
  refused(mult3({"--delay", "-1"}), {"--delay", "at least 0"});
  for (const std::string value :
       {"-1", "nan", "inf", "ten", "1e300GB", "99999999999999999999", "99999999999GiB"})
    refused(mult3({"--memory", value}), {"--memory"});
  for (const std::string option : {"--parties", "--threads"})
    for (const std::string value : {"-3", "nan", "3.5", "4294967299", "99999999999999999999"})
      refused(mult3({option, value}), {option == "--parties" ? "arties" : option});
  for (const std::string value : {"nan", "-1", "1e13", "0"})
    refused({program("tacet"), "bench", "mul", "--elements", value}, {"--elements"});
  refused({program("mult3"), "graph", "--format", "gif"}, {"--format gif", "dot, svg, json or html"});
}

BOOST_AUTO_TEST_CASE(times) {
  for (const std::string option : {"--deadline", "--connect-timeout", "--peer-timeout", "--stall-timeout"})
    for (const std::string value : {"0", "-1", "nan", "inf", "1e300", "0.0009", "4000001", "soon"})
      refused(mult3({option, value}), {option, value, "seconds, at least 0.001 and at most 4000000"});
}

// Sizes that nobody meant are not planned for ever.
BOOST_AUTO_TEST_CASE(plans_of_any_size) {
  const std::string huge = "9223372036854775807";
  refused({program("long_chain"), "explain", "--set", "size=1", "--set", "depth=281474976710656"},
          {"long_chain.cpp:11", "more than 8388608 operations"});
  for (const std::string size : {"1099511627776", "281474976710656"})
    refused({program("compare"), "explain", "--set", "size=" + size}, {"more than 8388608 steps", size});
}

// What is wrong is the setting, not the shape that a program makes of it.
BOOST_AUTO_TEST_CASE(settings_out_of_bounds_are_refused_by_name) {
  const auto out_of_bounds = [](const std::string& name, const Command& others, const std::string& setting,
                                const std::string& expected) {
    Command command = Command{program(name), "explain"} + others;
    refused(command + Command{"--set", setting}, {"--set " + setting + ": expected " + expected + "\n"});
  };
  const Command rows{"--set", "rows0=1", "--set", "rows1=1", "--set", "rows2=1"};
  for (const std::string bad : {"-1", "281474976710657", "9223372036854775807"}) {
    out_of_bounds("compare", {}, "size=" + bad, "0 to 2^48");
    out_of_bounds("risk_score", {"--set", "columns=9"}, "rows=" + bad, "0 to 2^48");
    out_of_bounds("private_max", {}, "owners=" + bad, "1 to 13");
    out_of_bounds("histogram", rows, "bins=" + bad, "1 to 65536");
    out_of_bounds("crosstabs", {"--set", "people=1"}, "categories=" + bad, "1 to 2^48");
    out_of_bounds("declared", {}, "rows=" + bad, "0 to 2^48");
  }
  out_of_bounds("histogram", rows, "bins=0", "1 to 65536");
  out_of_bounds("risk_score", {"--set", "rows=1"}, "columns=8", "9 to 2^48");
  for (const std::string most : {"bins=1", "bins=65536"})
    BOOST_TEST(run(Command{program("histogram"), "explain", "--set", most} + rows)->exit_code() == 0);
  // Data that says a size is named with it.
  refused({program("risk_score"), "explain", "-i", "records=[[1,2,3]]"},
          {"input records: the literal: columns, its axis 1, is 3: expected 9 to 2^48"});
  says(run({program("private_max"), "--help"})->out(), {"owners: how many", "(default 3) (1 to 13)"});
}

BOOST_AUTO_TEST_CASE(numbers_of_parties) {
  refused(mult3({"-n", "4"}), {"4 parties", "odd number of at least 3"});
  refused(mult3({"-n", "1"}), {"1 party: ", "odd number of at least 3"});
  refused(mult3({"-n", "0"}), {"0 parties", "odd number of at least 3"});
  refused(mult3({"-n", "15"}), {"15 parties", "at most 13"});
  refused(mult3({"-n", "2000000001"}), {"2000000001 parties", "at most 13"});
  refused(mult3({"-n", "-3"}), {"--parties", "-3"});
  refused(mult3({"-n", "three"}), {"--parties", "three"});
}

BOOST_AUTO_TEST_CASE(names) {
  refused(mult3({"-i", "d=5"}),
          {"--input number 4: the program has no input of the name before =", "a, b, c"});
  refused(mult3({"-i", "a=5"}), {"--input a", "twice"});
  refused(mult3({"-i", "5"}), {"--input", "name=file"});
  refused(mult3({"-o", "prodcut=x.csv"}), {"--output prodcut", "product"});
  refused(mult3({"-o", "product=x.csv", "-o", "product=y.csv"}), {"--output product", "twice"});
  refused(mult3({"--set", "size=5"}), {"--set size", "none"});
  refused({program("inner_product"), "explain", "--set", "length=5", "--set", "length=5"},
          {"--set length is given twice"});
  refused({program("inner_product"), "explain", "--set", "lenght=5"}, {"--set lenght", "length"});
  refused({program("inner_product"), "explain", "--set", "length=five"},
          {"--set length", "\"five\"", "integer"});
  refused({program("inner_product"), "explain", "--set", "length=-5"}, {"length=-5"});
  refused({program("inner_product"), "explain"}, {"\"length\"", "--set length=N", "--input x"});
  refused({program("mult3"), "run", "--json", "-i", "a=1", "-i", "b=2"},
          {"input \"c\" of party 2", "ring(64)", "--input c="});
}

// Left of = may stand a value where names and values were swapped.
BOOST_AUTO_TEST_CASE(what_is_no_name_of_an_input_is_not_shown) {
  const auto swapped = [](const Command& command, const std::string& what) {
    refused(command, {what});
    BOOST_TEST(run(command)->err().find("98765") == std::string::npos, run(command)->err());
  };
  const Command median{program("median_salary"), "run", "-i", "salaries1=[1]", "-i", "salaries2=[2]"};
  const Command rows{"--set", "rows0=1", "--set", "rows1=1", "--set", "rows2=1"};
  for (const std::string source : {"salaries0", "[1", "x.csv", "-", "x.csv,header=maybe"}) {
    const Command wrong{"-i", "98765=" + source};
    const std::string known =
        "--input number 3: the program has no input of the name before =; it has: "
        "salaries0, salaries1, salaries2";
    swapped(median + wrong + Command{"--set", "rows0=1"}, known);
    swapped(median + wrong + wrong + rows, known);
    swapped(median + wrong + rows + Command{"--offline-first"}, known);
    swapped(median + wrong, "rows0");
  }
  says(run(median + rows + Command{"-i", "98765=salaries0", "--show-values"})->err(), {"found 98765"});
}

BOOST_AUTO_TEST_CASE(shapes_and_values) {
  refused({program("risk_score"), "run", "--json", "-i", "weights=[1,2,3]", "-i", "bias=1", "-i",
           "records=" + data("records")},
          {"weights", "[3]", "[9]"});
  refused({program("inner_product"), "run", "--json", "-i", "x=[1,2]", "-i", "y=[1,2,3]"},
          {"input y", "[3]", "[2]"});
  refused({program("inner_product"), "run", "--json", "-i", "x=7", "-i", "y=[1]"}, {"x", "axis 0"});
  const File scalar("x.npy", std::string("\x93NUMPY\x01\x00\x46\x00", 10) +
                                 "{'descr': '<i8', 'fortran_order': False, 'shape': (), }" +
                                 std::string(14, ' ') + "\n" + std::string(8, '\0'));
  refused_vector(scalar.path, {"input x: " + scalar.path + " has the shape []", "axis 0"});
  refused({program("inner_product"), "run", "-i", "x=[1]", "-i", "y=" + scalar.path},
          {"input y: " + scalar.path + " has the shape [], expected [1]"});
  refused_vector("[1,18446744073709551616,3]",
                 {"input x", "element [1]", "-9223372036854775808 to 9223372036854775807"});
  refused_vector("[1,-9223372036854775809,3]",
                 {"input x", "element [1]", "-9223372036854775808 to 9223372036854775807"});
  const File csv("x.csv", "1\n2\n99999999999999999999\n");
  refused_vector(csv.path, {"input x", "line 3", csv.path, "to 9223372036854775807"});
  // What fits a wider ring does not fit this one.
  refused({program("risk_score"), "run", "--json", "-i", "weights=" + data("weights"), "-i",
           "bias=4294967296", "-i", "records=" + data("records")},
          {"bias", "-16777216 to 16777216"});
}

BOOST_AUTO_TEST_CASE(files) {
  refused_vector("/nonexistent/x.csv", {"no such file: /nonexistent/x.csv"});
  refused_vector("vector.csv", {"no such file: vector.csv"});
  const TempFolder folder;
  fs::create_directory(folder / "x.csv");
  refused_vector(folder / "x.csv", {folder / "x.csv", "directory"});
  const auto bad = [](const std::string& name, const std::string& text, std::vector<std::string> parts) {
    const File file(name, text);
    parts.push_back(file.path);
    parts.push_back("input x");
    refused_vector(file.path, parts);
  };
  bad("x.csv", "1\n2\ntwo\n", {"line 3, column 1", "expected a number"});
  bad("x.csv", "1,2,3\n4,5\n", {"line 2"});
  bad("x.csv", "1\n2.5\n3\n", {"line 2, column 1", "expected a whole number"});
  bad("x.csv", "1\n?\n3\n", {"line 2", "?"});
  bad("x.json", "[1, 2, 3", {"line 1"});
  bad("x.json", "[1,\n 2,\n \"x\"]", {"line 3"});
  bad("x.json", "{\"x\": [1,2,3]}", {"line 1"});
  bad("x.json", "[[1,2],[3]]", {});
  bad("x.npy", "no numbers at all", {});
  bad("x.npy",
      std::string("\x93NUMPY\x01\x00\x76\x00{'descr': '<i8', 'fortran_order': False, 'shape': (3,), }", 68),
      {});
  bad("x.txt", "1\n2\n3\n", {});
}

BOOST_AUTO_TEST_CASE(output_files_are_tried_before_the_job_runs) {
  const TempFolder folder;
  fs::create_directory(folder / "taken.csv");
  write_text(folder / "old.csv", "as it was\n");
  refused(mult3({"-o", "product=" + folder / "missing/x.csv"}),
          {"cannot write", folder / "missing/x.csv", "No such file"});
  refused(mult3({"-o", "product=" + folder / "taken.csv"}), {"cannot write", folder / "taken.csv", "folder"});
  refused(mult3({"-o", "product=" + folder / "x.xlsx"}), {folder / "x.xlsx", ".csv, .npy or .json"});
  refused(mult3({"-o", "product=/proc/x.csv"}), {"cannot write /proc/x.csv"});
  refused(mult3({"-o", "product=" + folder / "old.csv", "-i", "d=5"}), {"--input number 4"});
  BOOST_TEST(read_text(folder / "old.csv") == "as it was\n");
  BOOST_TEST((folder.names() == std::vector<std::string>{"old.csv", "taken.csv"}));
  // So does a party, before it opens its port or waits for anyone.
  const Endpoints all(3, {});
  refused(all.party("mult3", 0, {"-i", "a=5", "-o", "product=" + folder / "missing/x.csv"}),
          {"cannot write", folder / "missing/x.csv"});
  // A file that is there keeps its contents until the result replaces it.
  const ProcessPtr good = run(mult3({"-o", "product=" + folder / "old.csv"}));
  BOOST_TEST(good->exit_code() == 0, good->err());
  BOOST_TEST(read_text(folder / "old.csv") == "24\n");
}

BOOST_AUTO_TEST_CASE(a_party_that_ends_early_leaves_its_output_file_alone) {
  const Endpoints all(3, {});
  write_text(all.file("old.csv"), "as it was\n");
  const auto before = all.folder().names();
  const ProcessPtr p = run(all.party(
      "mult3", 0, {"-i", "a=5", "--connect-timeout", "0.3", "-o", "product=" + all.file("old.csv")}));
  BOOST_TEST(p->exit_code() == 1);
  BOOST_TEST(read_text(all.file("old.csv")) == "as it was\n");
  BOOST_TEST((all.folder().names() == before));
}

BOOST_AUTO_TEST_CASE(cluster_files) {
  const Endpoints all(3, {"alice"});
  const auto with = [&](const std::string& text, std::vector<std::string> parts) {
    write_text(all.file("bad.toml"), text);
    parts.push_back(all.file("bad.toml"));
    refused(all.party("mult3", 0, {"-i", "a=5"}, "bad.toml"), parts);
  };
  const std::string good = read_text(all.file("cluster.toml"));
  const auto replaced = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    BOOST_TEST_REQUIRE(text.find(from) != std::string::npos);
    return text.replace(text.find(from), from.size(), to);
  };
  with(replaced("address", "adress"), {"adress", "address", ":4:"});
  with(replaced("scheme", "shceme"), {"shceme", "scheme", ":1:"});
  with(replaced("\"rss\"", "\"rsa\""), {"rsa", "rss", ":1:"});
  with(replaced("127.0.0.1:", "127.0.0.1"), {"127.0.0.1", ":4:"});
  with(replaced("sha256:", "sha1:"), {"sha1:", ":5:"});
  with(replaced("\"p1\"", "\"p0\""), {"\"p0\""});
  with("[[party", {":1:"});
  with("", {"part"});
  refused(all.party("mult3", 0, {"-i", "a=5"}, "missing.toml"), {"no such file", all.file("missing.toml")});
  all.write_cluster("two.toml", 2);
  refused(all.party("mult3", 0, {"-i", "a=5"}, "two.toml"), {all.file("two.toml"), "2", "odd"});
  // A program's client that the file does not know.
  refused(all.party("risk_score", 0, {"--set", "rows=1", "--set", "columns=9"}),
          {all.file("cluster.toml"), "clinic", "alice"});
}

BOOST_AUTO_TEST_CASE(who_we_are) {
  const Endpoints all(3, {"alice"});
  refused(all.party("mult3", 3, {"-i", "a=5"}),
          {"--party 3", all.file("cluster.toml"), "0 (p0), 1 (p1), 2 (p2)"});
  refused(all.party("mult3", 0, {"--name", "p0", "-i", "a=5"}), {"--party", "--name"});
  refused({program("mult3"), "party", "--cluster", all.file("cluster.toml"), "--cert", all.file("p0.crt"),
           "--key", all.file("p0.key")},
          {"--party N or --name NAME"});
  refused({program("mult3"), "party", "--cluster", all.file("cluster.toml"), "--cert", all.file("p0.crt"),
           "--key", all.file("p0.key"), "--name", "p9"},
          {"--name p9", "0 (p0), 1 (p1), 2 (p2)"});
  refused({program("mult3"), "party", "--party", "0"}, {"--c"});
  refused(all.client("long_chain", "alice", {"--set", "size=1"}), {"bob"});
  refused(all.client("mult3", "alice"), {"--name alice", "none"});
  refused(all.party("mult3", 1), {"input \"b\" of party 1", "--input b="});
}

BOOST_AUTO_TEST_CASE(certificates) {
  const Endpoints all(3, {});
  const auto with = [&](const std::string& cert, const std::string& key,
                        const std::vector<std::string>& parts) {
    refused({program("mult3"), "party", "--json", "--cluster", all.file("cluster.toml"), "--party", "0", "-i",
             "a=5", "--cert", all.file(cert), "--key", all.file(key)},
            parts);
  };
  with("p1.crt", "p1.key",
       {all.file("p1.crt"), all.fingerprint("p1"), all.fingerprint("p0"), all.file("cluster.toml")});
  with("p0.crt", "p1.key", {all.file("p1.key"), "not the key", all.file("p0.crt")});
  with("p0.key", "p0.key", {all.file("p0.key"), "BEGIN CERTIFICATE"});
  with("p0.crt", "p0.crt", {all.file("p0.crt"), "BEGIN PRIVATE KEY"});
  with("missing.crt", "p0.key", {all.file("missing.crt"), "No such file"});
  fs::permissions(all.file("p0.key"), fs::perms::group_read, fs::perm_options::add);
  with("p0.crt", "p0.key",
       {all.file("p0.key"), "open to other users", "0640", "chmod 600 " + all.file("p0.key")});
  const auto now = std::chrono::system_clock::now();
  using std::chrono::hours;
  namespace transport = tacet::transport;
  transport::write_identity(
      transport::make_identity("old", transport::Validity{now - hours(48), now - hours(24)}),
      all.file("old.crt"), all.file("old.key"));
  with("old.crt", "old.key", {all.file("old.crt"), "expired on 20"});
}

BOOST_AUTO_TEST_CASE(a_port_in_use) {
  const Endpoints all(3, {});
  const Occupied someone(all.port(1));
  refused(all.party("mult3", 1, {"-i", "b=5"}), {"127.0.0.1:" + std::to_string(all.port(1)), "in use"});
}

BOOST_AUTO_TEST_CASE(keygen_overwrites_nothing) {
  const TempFolder folder;
  const Command keygen{program("tacet"), "keygen", "--name", "bank", "--out", folder.path().string()};
  BOOST_TEST(run(keygen)->exit_code() == 0);
  const std::string cert = read_text(folder / "bank.crt"), key = read_text(folder / "bank.key");
  const auto mode = fs::status(folder / "bank.key").permissions();
  BOOST_TEST((mode == (fs::perms::owner_read | fs::perms::owner_write)));
  refused(keygen, {"cannot write", folder / "bank.", "exists already"});
  BOOST_TEST(read_text(folder / "bank.crt") == cert);
  BOOST_TEST(read_text(folder / "bank.key") == key);
  // One of the two is enough to be refused, and then neither is made.
  fs::remove(folder / "bank.key");
  refused(keygen, {"cannot write", folder / "bank.crt", "exists already"});
  BOOST_TEST((folder.names() == std::vector<std::string>{"bank.crt"}));
  refused({program("tacet"), "keygen", "--name", "bank", "--out", folder / "missing"},
          {"cannot write", folder / "missing/bank", "No such file"});
}

BOOST_AUTO_TEST_CASE(networks_operations_and_variants_that_do_not_exist_are_refused) {
  const std::string x = "x=[1]", y = "y=[2]";
  for (const std::string verb : {"run", "explain", "graph"}) {
    const Command compare{program("compare"), verb, "-i", x, "-i", y};
    refused(compare + Command{"--network", "moon"}, {"--network moon", "loopback, lan, wan"});
    refused(compare + Command{"--prefer", "msb"}, {"--prefer msb", "operation=variant"});
    refused(compare + Command{"--prefer", "msb=magic"}, {"msb has no variant \"magic\"", "summands, edabit"});
    refused(compare + Command{"--prefer", "magic=msb"}, {"no operation \"magic\"", "msb"});
    refused(compare + Command{"--prefer", "msb=edabit", "--prefer", "msb=summands"},
            {"--prefer msb is given twice"});
    refused(compare + Command{"--offline-first"}, {"size", "--set size=N", "--offline-first"});
  }
}

BOOST_AUTO_TEST_SUITE_END()
