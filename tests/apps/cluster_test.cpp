#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>

#include "apps/cluster/closest.hpp"
#include "apps/cluster/cluster.hpp"
#include "tests/apps/io_support.hpp"

using namespace tacet;
using namespace tacet::apps;
using namespace tacet::apps::test;

BOOST_AUTO_TEST_SUITE(cluster)

namespace {

std::string print(int number) {
  char text[72];
  std::snprintf(text, sizeof text, "sha256:%064x", static_cast<unsigned>(number));
  return text;
}

std::string party(const std::string& name, int number, const std::string& more = "") {
  return "[[party]]\nname = \"" + name + "\"\naddress = \"10.0.0." + std::to_string(number) +
         ":7000\"\nfingerprint = \"" + print(number) + "\"\n" + more;
}

std::string client(const std::string& name, int number) {
  return "[[client]]\nname = \"" + name + "\"\nfingerprint = \"" + print(number) + "\"\n";
}

std::string three_parties() {
  return party("a", 1) + party("b", 2) + party("c", 3);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  BOOST_TEST_REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

std::string refusal(const std::string& text) {
  return message_of([&] { parse_cluster(text, "c.toml"); });
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_complete_file) {
  const Cluster cluster = parse_cluster(
      "scheme = \"rss\"\nsession_name = \"risk\"\n"
      "[[party]]\nname = \"hospital\"\naddress = \"10.0.0.1:7000\"\nlisten = \"0.0.0.0:7001\"\nfingerprint = "
      "[\"" +
          print(1) + "\", \"" + print(2) + "\"]\n" +
          "[[party]]\nname = \"b\"\naddress = \"[2001:db8::1]:7000\"\nfingerprint = \"" + print(3) + "\"\n" +
          "[[party]]\nname = \"c\"\naddress = \"node-3.example.org:65535\"\nfingerprint = \"" + print(4) +
          "\"\n" + client("alice", 5) + client("hospital", 1),
      "c.toml");
  BOOST_TEST(cluster.session_name == "risk");
  BOOST_TEST_REQUIRE(cluster.parties.size() == 3u);
  BOOST_TEST(cluster.parties[0].name == "hospital");
  BOOST_TEST(cluster.parties[0].address.host == "10.0.0.1");
  BOOST_TEST(cluster.parties[0].address.port == 7000);
  BOOST_TEST(cluster.parties[0].listen->to_string() == "0.0.0.0:7001");
  BOOST_TEST_REQUIRE(cluster.parties[0].fingerprints.size() == 2u);
  BOOST_TEST(cluster.parties[0].fingerprints[1].to_string() == print(2));
  BOOST_TEST(cluster.parties[1].address.host == "2001:db8::1");
  BOOST_TEST(!cluster.parties[1].listen.has_value());
  BOOST_TEST(cluster.parties[2].address.port == 65535);
  BOOST_TEST_REQUIRE(cluster.clients.size() == 2u);
  BOOST_TEST(cluster.clients[1].name == "hospital");
  BOOST_TEST(cluster.party("c") == 2u);
  BOOST_TEST(cluster.client("hospital") == 1u);
}

BOOST_AUTO_TEST_CASE(the_file_in_readme) {
  std::ifstream in(TACET_SOURCE_DIR "/README.md");
  const std::string readme(std::istreambuf_iterator<char>(in), {});
  const std::string begin = "\n```toml\n";
  const std::size_t at = readme.find(begin);
  BOOST_TEST_REQUIRE(at != std::string::npos);
  std::string text = readme.substr(at + begin.size(), readme.find("\n```", at + 1) - at - begin.size());
  // Fingerprints are cut there.
  const std::string cut = "\"sha256:", end = "…\"";
  for (int number = 1; text.find(end) != std::string::npos; ++number) {
    const std::size_t last = text.find(end), first = text.rfind(cut, last);
    text.replace(first, last + end.size() - first, '"' + print(number) + '"');
  }
  const Cluster cluster = parse_cluster(text, "c.toml");
  BOOST_TEST(cluster.parties.size() == 3u);
  BOOST_TEST(cluster.parties[1].name == "hospital");
  BOOST_TEST(cluster.parties[1].address.to_string() == "10.0.0.2:7000");
  BOOST_TEST_REQUIRE(cluster.clients.size() == 2u);
  BOOST_TEST(cluster.clients[0].name == "clinic");
}

BOOST_AUTO_TEST_CASE(what_is_written_is_read_back) {
  Cluster cluster = parse_cluster(three_parties() + client("alice", 9), "c.toml");
  BOOST_TEST((parse_cluster(write_cluster(cluster), "c.toml") == cluster));
  cluster.session_name = "a \"quoted\" \\ name";
  cluster.parties[0].name = "Krankenhaus Zürich";
  cluster.parties[0].listen = parse_address("[::]:1");
  cluster.parties[1].fingerprints.push_back(transport::Fingerprint::parse(print(77)));
  BOOST_TEST((parse_cluster(write_cluster(cluster), "c.toml") == cluster));
}

BOOST_AUTO_TEST_CASE(files) {
  const TemporaryFolder folder;
  BOOST_TEST(read_cluster(folder.write("c.toml", three_parties())).parties.size() == 3u);
  BOOST_TEST(message_of([&] { read_cluster(folder.path("d.toml")); }) ==
             "no such file: " + folder.path("d.toml"));
  BOOST_TEST(message_of([&] {
               read_cluster(folder.write("e.toml", std::string(2 << 20, '\n')));
             }).ends_with("e.toml: it has more than 1048576 bytes"));
}

BOOST_AUTO_TEST_CASE(unknown_keys) {
  BOOST_TEST(refusal("shceme = \"rss\"\n" + three_parties()) ==
             "c.toml:1:1: unknown key \"shceme\" in the file; the closest valid one is scheme");
  BOOST_TEST(refusal(party("a", 1, "adress = \"x\"\n")) ==
             "c.toml:5:1: unknown key \"adress\" in a [[party]]; the closest valid one is address");
  BOOST_TEST(refusal(three_parties() + client("x", 4) + "addres = \"\"\n") ==
             "c.toml:16:1: unknown key \"addres\" in a [[client]]; the closest valid one is name");
}

BOOST_AUTO_TEST_CASE(missing_keys_and_wrong_types) {
  BOOST_TEST(refusal("") == "c.toml: the file lists no [[party]], expected three or more");
  BOOST_TEST(refusal(party("a", 1) + "[[party]]\nname = \"b\"\n") ==
             "c.toml:5:1: this [[party]] has no address");
  BOOST_TEST(refusal("[[party]]\naddress = \"h:1\"\n") == "c.toml:1:1: this [[party]] has no name");
  BOOST_TEST(refusal("[[party]]\nname = \"b\"\naddress = \"h:1\"\n") ==
             "c.toml:1:1: this [[party]] has no fingerprint");
  BOOST_TEST(refusal("scheme = 1\n") == "c.toml:1:10: scheme is a number, expected a string");
  BOOST_TEST(refusal("party = \"a\"\n") == "c.toml:1:9: party is a string, expected [[party]] tables");
  BOOST_TEST(refusal("party = [1]\n") == "c.toml:1:10: party holds a number, expected [[party]] tables");
  BOOST_TEST(refusal("[party]\nname = \"a\"\n") == "c.toml:1:1: party is a table, expected [[party]] tables");
  BOOST_TEST(refusal("[[party]]\nname = true\n") == "c.toml:2:8: name is a truth value, expected a string");
  BOOST_TEST(refusal("[[party]]\nname = \"a\"\naddress = 1979-05-27\n") ==
             "c.toml:3:11: address is a date or time, expected a string");
  BOOST_TEST(refusal("scheme = \"shamir\"\n") == "c.toml:1:10: scheme is \"shamir\", expected \"rss\"");
  BOOST_TEST(refusal("scheme = \"plain\"\n" + three_parties()) ==
             "c.toml:1:10: scheme is \"plain\", expected \"rss\"; only --scheme plain at every endpoint "
             "turns protection off");
  BOOST_TEST(refusal("[[party]]\nname = \"\"\n") ==
             "c.toml:2:8: name is \"\", expected 1 to 64 bytes without control characters");
  BOOST_TEST(refusal("[[party]]\nname = \"a\\nb\"\n").starts_with("c.toml:2:8: name is \"a\\x0Ab\""));
  BOOST_TEST(refusal("[[party]\n").starts_with("c.toml:1:"));
  BOOST_TEST(refusal("[[`arty]]\n").starts_with("c.toml:1:3: "));
  BOOST_TEST(refusal("a = 1\na = 2\n").starts_with("c.toml:2:"));
}

BOOST_AUTO_TEST_CASE(characters_outside_ascii) {
  BOOST_TEST(refusal("a = 1\ngr\xC3\xB6\xC3\x9F"
                     "e = 1\n") ==
             "c.toml:2:3: a character outside ASCII, expected only in strings and comments");
  BOOST_TEST(refusal("a = \"\\\xC3\xB6\"\n") == "c.toml:1:7: a backslash before a character outside ASCII");
  BOOST_TEST(refusal("a = '\xC3\xB6'\n") ==
             "c.toml:1:6: a character outside ASCII in single quotation marks, expected double ones");
  for (const char* bytes :
       {"\xC3", "\x80", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF\x80\x80\x80"})
    BOOST_TEST(refusal("a = \"" + std::string(bytes) + "\"\n") == "c.toml:1:6: the text is not UTF-8");
  BOOST_TEST(
      parse_cluster(three_parties() + client("\xF0\x9F\x8F\xA5 \xE2\x82\xAC", 4), "c.toml").clients[0].name ==
      "\xF0\x9F\x8F\xA5 \xE2\x82\xAC");
  BOOST_TEST(refusal("a = 0x\"\xC3\xB6\"\n").starts_with("c.toml:1:"));
  const std::string text =
      "# Z\xC3\xBCrich's \"notes\n" + three_parties() + client("Z\xC3\xBCrich \\\" # '", 4);
  BOOST_TEST(parse_cluster(text, "c.toml").clients[0].name == "Z\xC3\xBCrich \" # '");
  BOOST_TEST((parse_cluster("\xEF\xBB\xBF" + three_parties(), "c.toml").parties.size() == 3u));
}

BOOST_AUTO_TEST_CASE(duplicates) {
  const std::string text = three_parties();
  BOOST_TEST(refusal(replaced(text, "\"b\"", "\"a\"")) == "c.toml:6:8: two of [[party]] are named \"a\"");
  BOOST_TEST(refusal(replaced(text, "10.0.0.2", "10.0.0.1")) ==
             "c.toml:7:11: address 10.0.0.1:7000 is already that of party \"a\"");
  BOOST_TEST(refusal(replaced(replaced(text, "10.0.0.2", "Host"), "10.0.0.1", "hOST")) ==
             "c.toml:7:11: address Host:7000 is already that of party \"a\"");
  BOOST_TEST(refusal(replaced(text, print(3), print(1))) ==
             "c.toml:12:15: this fingerprint is already that of party \"a\"");
  BOOST_TEST(refusal(text + client("x", 4) + client("x", 5)) ==
             "c.toml:17:8: two of [[client]] are named \"x\"");
  BOOST_TEST(refusal(text + client("x", 4) + client("y", 4)) ==
             "c.toml:18:15: this fingerprint is already that of client \"x\"");
  BOOST_TEST(parse_cluster(text + client("a", 1), "c.toml").clients.size() == 1u);
}

BOOST_AUTO_TEST_CASE(party_counts) {
  BOOST_TEST(refusal(party("a", 1)) ==
             "c.toml:1:1: 1 party: an honest majority of n = 2t+1 needs an odd number of at least 3");
  BOOST_TEST(refusal(three_parties() + party("d", 4)) ==
             "c.toml:13:1: 4 parties: an honest majority of n = 2t+1 needs an odd number of at least 3");
  std::string many;
  for (int i = 1; i <= 15; ++i) many += party("p" + std::to_string(i), i);
  BOOST_TEST(refusal(many).find("at most 13 parties") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(fingerprints) {
  const std::string text = three_parties();
  const std::string one = "\"" + print(1) + "\"";
  BOOST_TEST(refusal(replaced(text, one, "\"sha256:12\""))
                 .starts_with("c.toml:4:15: \"sha256:12\" is no certificate"));
  BOOST_TEST(refusal(replaced(text, one, "7")) == "c.toml:4:15: fingerprint is a number, expected a string");
  BOOST_TEST(refusal(replaced(text, one, "[]")) ==
             "c.toml:4:15: 0 fingerprints, expected one, or two while a certificate changes");
  BOOST_TEST(refusal(replaced(text, one, "[" + one + ", " + one + ", " + one + "]")) ==
             "c.toml:4:15: 3 fingerprints, expected one, or two while a certificate changes");
  BOOST_TEST(refusal(replaced(text, one, "[" + one + ",\n " + one + "]")) ==
             "c.toml:5:2: the same fingerprint twice");
}

BOOST_AUTO_TEST_CASE(addresses) {
  BOOST_TEST(parse_address("localhost:1").to_string() == "localhost:1");
  BOOST_TEST(parse_address("[fe80::1%eth0]:7000").to_string() == "[fe80::1%eth0]:7000");
  BOOST_TEST(parse_address("[::ffff:10.0.0.1]:7000").host == "::ffff:10.0.0.1");
  const auto why = [](std::string_view text) {
    const std::string message = message_of([&] { parse_address(text); });
    BOOST_TEST(message.ends_with("; expected host:port, as in 10.0.0.1:7000 or [::1]:7000"), message);
    return message.substr(0, message.find(';'));
  };
  BOOST_TEST(why("host") == "\"host\" is no address: it has no port");
  BOOST_TEST(why("host:") == "\"host:\" is no address: its port is \"\", not a number from 1 to 65535");
  BOOST_TEST(why("host:0").ends_with("its port is \"0\", not a number from 1 to 65535"));
  BOOST_TEST(why("host:65536").ends_with("its port is \"65536\", not a number from 1 to 65535"));
  BOOST_TEST(why("host:99999999999999").ends_with("not a number from 1 to 65535"));
  BOOST_TEST(why("host:-1").ends_with("not a number from 1 to 65535"));
  BOOST_TEST(why("host:80x").ends_with("not a number from 1 to 65535"));
  BOOST_TEST(why(":7000").ends_with("\"\" is no host"));
  BOOST_TEST(why("a b:7000").ends_with("\"a b\" is no host"));
  BOOST_TEST(why("::1:7000").ends_with("an IPv6 address stands in brackets"));
  BOOST_TEST(why("::1").ends_with("an IPv6 address stands in brackets"));
  BOOST_TEST(why("[::g]:7000").ends_with("\"::g\" is no IPv6 address"));
  BOOST_TEST(why(std::string_view("[::1\0x]:7000", 12)).ends_with("is no IPv6 address"));
  BOOST_TEST(why("300.0.0.1:7000").ends_with("\"300.0.0.1\" is no IPv4 address"));
  BOOST_TEST(why(std::string(300, 'a') + ":1").ends_with("its host has more than 253 characters"));
}

BOOST_AUTO_TEST_CASE(names_that_are_not_there) {
  const Cluster cluster = parse_cluster(three_parties() + client("alice", 4) + client("bob", 5), "c.toml");
  BOOST_TEST(message_of([&] { cluster.client("alcie"); }) ==
             "the cluster has no client \"alcie\"; the closest is \"alice\"");
  BOOST_TEST(message_of([&] { Cluster{}.party("a"); }) == "the cluster has no party \"a\"");
  check_clients(cluster, {"bob"}, "c.toml");
  check_clients(cluster, {}, "c.toml");
  BOOST_TEST(message_of([&] {
               check_clients(cluster, {"bob", "carol"}, "c.toml");
             }) ==
             "c.toml: the program has a client that the file does not list: carol; it lists alice, bob. Each "
             "needs a "
             "[[client]] with that name");
  BOOST_TEST(message_of([&] {
               check_clients(parse_cluster(three_parties(), "c.toml"), {"x", "y"}, "c.toml");
             }) ==
             "c.toml: the program has clients that the file does not list: x, y; it lists none. Each needs a "
             "[[client]] "
             "with that name");
}

BOOST_AUTO_TEST_CASE(the_closest_word) {
  const std::vector<std::string> words = {"name", "address", "fingerprint", "listen"};
  BOOST_TEST(closest("fingerprints", words) == "fingerprint");
  BOOST_TEST(closest("adress", words) == "address");
  BOOST_TEST(closest(std::string(1 << 20, 'x'), words).size() > 0u);
  BOOST_TEST(closest("x", std::vector<std::string>{}) == "");
}

// The parser and the tables it makes recurse: what is nested deep must not reach it.
BOOST_AUTO_TEST_CASE(what_is_nested_deep_is_refused) {
  const auto repeated = [](const std::string& text, int times) {
    std::string out;
    for (int i = 0; i < times; ++i) out += text;
    return out;
  };
  constexpr int kDeep = 50'000;
  const std::string dots = repeated("a.", kDeep) + "a";
  for (const std::string& text :
       {dots + " = 1\n", "[" + dots + "]\n", "[[" + dots + "]]\n", "x = {" + dots + " = 1}\n",
        "x = " + repeated("[", kDeep), "x = " + repeated("{y = ", kDeep), "x = " + repeated("[\n", kDeep),
        "x = " + repeated("[{y.z = ", kDeep), three_parties() + repeated("\"b\".", kDeep) + "c = 1\n",
        // Behind strings that only look as if they went on, in an array on the same line.
        "x = [\"\"\"a\"b\"\"\", {" + dots + " = 1}]\n", "x = [\'\'\'a\'b\'\'\', {" + dots + " = 1}]\n",
        "x = [\"\"\"a\"\"\"\"\", {" + dots + " = 1}]\n", "x = [\"\"\"a\n\"b\"\"\", {" + dots + " = 1}]\n",
        "x = [\"\"\"\\\"\"\"b\"\"\", {" + dots + " = 1}]\n", "x = [\'\', \'\\\', {" + dots + " = 1}]\n"})
    BOOST_TEST(refusal(text).find("nested too deep") != std::string::npos, text.substr(0, 60));
  // In strings and comments dots and brackets are what they are.
  const std::string many = repeated(".", 100) + repeated("[{", 100);
  BOOST_TEST(parse_cluster("# " + many + "\nsession_name = \"" + many.substr(80, 40) + "\"  # " + many +
                               "\n" + three_parties(),
                           "c.toml")
                 .session_name == many.substr(80, 40));
  BOOST_TEST(
      parse_cluster("session_name = \"\"\"\n\"" + many.substr(80, 40) + "\"\"\"\"\"\n" + three_parties(),
                    "c.toml")
          .session_name == "\"" + many.substr(80, 40) + "\"\"");
}

BOOST_AUTO_TEST_SUITE_END()
