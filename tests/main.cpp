#define BOOST_TEST_MODULE tacet
#include <boost/test/unit_test.hpp>
