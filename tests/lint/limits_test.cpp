// SECURITY.md says that bounds stand beside the attack they stop.
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <string>

BOOST_AUTO_TEST_SUITE(limits)

BOOST_AUTO_TEST_CASE(every_bound_says_what_it_stops) {
  for (const std::string folder : {"transport", "apps", "graph"}) {
    std::ifstream file(std::string(TACET_SOURCE_DIR) + "/" + folder + "/limits.hpp");
    std::string before;
    int bounds = 0;
    for (std::string line; std::getline(file, line); before = line) {
      if (!line.starts_with("inline constexpr")) continue;
      ++bounds;
      // Those of one kind stand together.
      BOOST_TEST((before.starts_with("/// ") || before.starts_with("inline constexpr")),
                 folder << "/limits.hpp: " << line);
    }
    BOOST_TEST(bounds > 2, folder);
  }
}

BOOST_AUTO_TEST_SUITE_END()
