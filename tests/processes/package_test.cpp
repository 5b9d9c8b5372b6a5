// A user's own project: installs Tacet into a folder, finds it from there, builds a pipeline and runs it.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/processes/process.hpp"

using namespace tacet::test;

BOOST_AUTO_TEST_SUITE(package)

BOOST_AUTO_TEST_CASE(a_project_finds_the_installed_package) {
  const TempFolder folder;
  const std::string prefix = folder / "installed", source = folder / "mine", build = folder / "build";
  const auto must = [](const Command& command) {
    const ProcessPtr p = run(command);
    BOOST_TEST_REQUIRE(p->exit_code() == 0, p->text() << "\n" << p->out() << p->err());
    return p->out();
  };
  must({"cmake", "--install", TACET_BINARY_DIR, "--prefix", prefix});
  // Of Tacet's own folders the user's project sees nothing but the prefix.
  fs::create_directory(source);
  write_text(source + "/CMakeLists.txt",
             "cmake_minimum_required(VERSION 3.25)\n"
             "project(mine LANGUAGES CXX)\n"
             "find_package(tacet REQUIRED)\n"
             "add_executable(sum_of_two main.cpp)\n"
             "target_link_libraries(sum_of_two tacet::apps)\n");
  write_text(source + "/main.cpp",
             "#include <tacet/tacet.hpp>\n"
             "int main(int argc, char** argv) {\n"
             "  tacet::Program program(\"sum_of_two\", \"a sum\");\n"
             "  return program.main(argc, argv, [](tacet::Builder& b, const tacet::Params&) {\n"
             "    const tacet::Value x = b.input(\"x\", tacet::Builder::party(0), tacet::ring(64));\n"
             "    const tacet::Value y = b.input(\"y\", tacet::Builder::party(1), tacet::ring(64));\n"
             "    b.output(\"sum\", x + y, tacet::Builder::party(2));\n"
             "  });\n"
             "}\n");
  must({"cmake", "-S", source, "-B", build, "-DCMAKE_PREFIX_PATH=" + prefix, "-DCMAKE_BUILD_TYPE=Debug"});
  must({"cmake", "--build", build});
  const auto result =
      nlohmann::json::parse(must({build + "/sum_of_two", "run", "--json", "-i", "x=40", "-i", "y=2"}));
  BOOST_TEST((result["outputs"] == nlohmann::json{{"sum", 42}}));
  // The installed command works too.
  must({prefix + "/bin/tacet", "keygen", "--name", "someone", "--out", folder.path().string()});
}

BOOST_AUTO_TEST_SUITE_END()
