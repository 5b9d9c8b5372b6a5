#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstring>
#include <thread>

#include <rapidcheck/boost_test.h>

#include "apps/io/data.hpp"
#include "apps/io/number.hpp"
#include "apps/io/output_file.hpp"
#include "apps/io/write.hpp"
#include "tests/apps/io_support.hpp"

using namespace tacet;
using namespace tacet::apps;
using namespace tacet::apps::test;

BOOST_AUTO_TEST_SUITE(io_write)

namespace {

constexpr Format kUnsigned{};
constexpr Format kSigned{true, 0};

Tensor counted(Shape shape, ElementType element = ring(32)) {
  Tensor tensor(element, std::move(shape));
  for (std::uint64_t i = 0; i < tensor.elements(); ++i) tensor.set(i, i);
  return tensor;
}

// As tables have it.
std::string format_element(u128 value, ElementType element, Format format) {
  return format_element(value, element, format, Digits::enough);
}

// As files and --json have it.
std::string exact(u128 value, ElementType element, Format format) {
  return format_element(value, element, format, Digits::all);
}

Tensor scalar(u128 value, ElementType element) {
  return Tensor(element, {}, std::vector<u128>{value});
}

std::string written(const Tensor& tensor, Format format, const std::string& name) {
  const TemporaryFolder folder;
  write_data(folder.path(name), tensor, format);
  BOOST_TEST(folder.names().size() == 1u);
  return folder.read(name);
}

u128 random_u128() {
  return static_cast<u128>(*rc::gen::arbitrary<std::uint64_t>()) << 64 | *rc::gen::arbitrary<std::uint64_t>();
}

}  // namespace

BOOST_AUTO_TEST_CASE(elements_as_integers) {
  BOOST_TEST(format_element(255, ring(8), kUnsigned) == "255");
  BOOST_TEST(format_element(255, ring(8), kSigned) == "-1");
  BOOST_TEST(format_element(128, ring(8), kSigned) == "-128");
  BOOST_TEST(format_element(127, ring(8), kSigned) == "127");
  BOOST_TEST(format_element(1, ring(1), kSigned) == "-1");
  BOOST_TEST(format_element(1, bits(1), kUnsigned) == "1");
  BOOST_TEST(format_element(~u128{0}, ring(31), kSigned) == "-1");
  BOOST_TEST(format_element(~u128{0}, ring(128), kUnsigned) == "340282366920938463463374607431768211455");
  BOOST_TEST(format_element(u128{1} << 127, ring(128), kSigned) ==
             "-170141183460469231731687303715884105728");
  BOOST_TEST(format_element(u128{1} << 71, ring(72), kSigned) == "-2361183241434822606848");
}

BOOST_AUTO_TEST_CASE(elements_as_fractions) {
  BOOST_TEST(format_element(3 << 15, ring(32), {true, 16}) == "1.5");
  BOOST_TEST(format_element(0, ring(32), {true, 16}) == "0.0");
  BOOST_TEST(format_element(1, ring(32), {true, 16}) == "0.000015");
  BOOST_TEST(format_element(65535, ring(32), {true, 16}) == "0.999985");
  BOOST_TEST(format_element(~u128{0}, ring(64), {true, 1}) == "-0.5");
  BOOST_TEST(format_element(128, ring(8), {true, 8}) == "-0.5");
  BOOST_TEST(format_element(6554, ring(32), {false, 16}) == "0.100006");
  BOOST_TEST(format_element(~u128{0}, ring(128), {false, 1}) == "170141183460469231731687303715884105727.5");
  BOOST_TEST(format_element(u128{1} << 127, ring(128), {false, 128}) == "0.5");
  BOOST_TEST(format_element(1, ring(128), {false, 255}).starts_with("0." + std::string(76, '0')));
}

// Python's fractions.Fraction says the same of each.
BOOST_AUTO_TEST_CASE(all_digits_of_fractions) {
  BOOST_TEST(exact(1, ring(32), {true, 16}) == "0.0000152587890625");
  BOOST_TEST(exact(6554, ring(32), {false, 16}) == "0.100006103515625");
  BOOST_TEST(exact(0, ring(32), {true, 16}) == "0.0");
  BOOST_TEST(exact(3 << 15, ring(32), {true, 16}) == "1.5");
  BOOST_TEST(exact(~u128{0}, ring(128), {true, 32}) == "-0.00000000023283064365386962890625");
  BOOST_TEST(exact((u128{1} << 127) - 1, ring(128), {true, 32}) ==
             "39614081257132168796771975167.99999999976716935634613037109375");
  BOOST_TEST(exact(1, ring(128), {false, 64}) ==
             "0.0000000000000000000542101086242752217003726400434970855712890625");
  BOOST_TEST(exact(u128{1} << 127, ring(128), {true, 127}) == "-1.0");
}

// Enough digits: the nearest multiple of 2^-f to the text is the element again.
RC_BOOST_PROP(fractions_give_their_element_back, ()) {
  const unsigned width = *rc::gen::inRange(1u, 53u);
  const unsigned frac_bits = *rc::gen::inRange(1u, 49u);
  const u128 value = random_u128() & low_mask<u128>(width);
  const std::string text = format_element(value, ring(width), {true, static_cast<std::uint8_t>(frac_bits)});
  const long double back = std::roundl(std::ldexp(std::stold(text), static_cast<int>(frac_bits)));
  const auto raw = static_cast<std::int64_t>(back);
  RC_ASSERT((static_cast<u128>(static_cast<__int128>(raw)) & low_mask<u128>(width)) == value);
}

BOOST_AUTO_TEST_CASE(json_text) {
  BOOST_TEST(to_json_text(counted({}), kUnsigned) == "0");
  BOOST_TEST(to_json_text(counted({3}), kUnsigned) == "[0, 1, 2]");
  BOOST_TEST(to_json_text(counted({2, 2}), kUnsigned) == "[[0, 1],\n [2, 3]]");
  BOOST_TEST(to_json_text(counted({2, 1, 2}), kUnsigned) == "[[[0, 1]],\n [[2, 3]]]");
  BOOST_TEST(to_json_text(counted({2, 0}), kUnsigned) == "[[],\n []]");
  BOOST_TEST(to_json_text(counted({0}), kUnsigned) == "[]");
  BOOST_TEST(to_json_text(scalar(1, ring(32)), {true, 1}) == "0.5");
  BOOST_TEST(to_json_text(scalar(~std::uint64_t{0}, ring(72)), kUnsigned) == "18446744073709551615");
  BOOST_TEST(to_json_text(scalar(u128{1} << 64, ring(72)), kUnsigned) == "\"18446744073709551616\"");
  BOOST_TEST(to_json_text(scalar(u128{1} << 63, ring(64)), kSigned) == "-9223372036854775808");
  BOOST_TEST(to_json_text(scalar((u128{1} << 72) - (u128{1} << 63) - 1, ring(72)), kSigned) ==
             "\"-9223372036854775809\"");
}

BOOST_AUTO_TEST_CASE(csv_files) {
  BOOST_TEST(written(counted({}), kUnsigned, "a.csv") == "0\n");
  BOOST_TEST(written(counted({3}), kUnsigned, "a.csv") == "0\n1\n2\n");
  BOOST_TEST(written(counted({2, 3}), kUnsigned, "a.CSV") == "0,1,2\n3,4,5\n");
  BOOST_TEST(written(counted({2, 2, 2}), kUnsigned, "a.csv") == "0,1\n2,3\n4,5\n6,7\n");
  BOOST_TEST(written(counted({0, 2}), kUnsigned, "a.csv") == "");
  BOOST_TEST(written(counted({2}), {true, 2}, "a.csv") == "0.0\n0.25\n");
}

BOOST_AUTO_TEST_CASE(npy_types) {
  const auto type_of = [](ElementType element, Format format) {
    const std::string bytes = written(counted({2}, element), format, "a.npy");
    return bytes.substr(bytes.find("'descr': '") + 10, 3);
  };
  BOOST_TEST(type_of(ring(1), kUnsigned) == "|u1");
  BOOST_TEST(type_of(bits(1), kUnsigned) == "|u1");
  BOOST_TEST(type_of(ring(8), kSigned) == "|i1");
  BOOST_TEST(type_of(ring(9), kUnsigned) == "<u2");
  BOOST_TEST(type_of(ring(31), kSigned) == "<i4");
  BOOST_TEST(type_of(ring(33), kUnsigned) == "<u8");
  BOOST_TEST(type_of(ring(64), kSigned) == "<i8");
  BOOST_TEST(type_of(ring(64), {true, 16}) == "<f8");
  BOOST_TEST(message_of([] { write_data("a.npy", counted({2}, ring(65)), kUnsigned); }) ==
             "cannot write a.npy: NumPy has no integers of more than 64 bits, and the elements are ring(65); "
             "write .csv or "
             ".json instead");
}

BOOST_AUTO_TEST_CASE(npy_fractions_are_doubles) {
  const std::string bytes = written(scalar(low_mask<u128>(31) - 2, ring(31)), {true, 1}, "a.npy");
  double value = 0;
  std::memcpy(&value, bytes.data() + bytes.size() - sizeof value, sizeof value);
  BOOST_TEST(value == -1.5);
}

// Fixed-point numbers are read back as the same elements from every file type; from NumPy's as far as its
// floats have bits.
RC_BOOST_PROP(files_give_their_fractions_back, ()) {
  const std::string name = *rc::gen::element<std::string>("a.csv", "a.npy", "a.json");
  const unsigned width = name == "a.npy" ? *rc::gen::element(2u, 8u, 31u, 53u)
                                         : *rc::gen::element(2u, 8u, 31u, 53u, 64u, 72u, 128u);
  const unsigned frac = *rc::gen::inRange(1u, width);
  const ElementType element = fixed(width, frac);
  Tensor tensor(element, *rc::gen::element(Shape{}, Shape{5}, Shape{3, 4}, Shape{0, 3}));
  for (std::uint64_t i = 0; i < tensor.elements(); ++i) tensor.set(i, random_u128());
  const TemporaryFolder folder;
  write_data(folder.path(name), tensor, {true, static_cast<std::uint8_t>(frac)});
  ReadOptions options{"x"};
  options.fractions = true;
  std::string told;
  options.tell = [&](const std::string& line) { told = line; };
  RC_ASSERT(encode(read_data(folder.path(name), options), element, tensor.shape(), options) == tensor);
  RC_ASSERT(told.find("rounded") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(fractions_of_more_than_53_bits_are_counted) {
  const std::uint64_t most = std::uint64_t{1} << 53;
  const Tensor tensor(
      ring(64), {6},
      std::vector<u128>{most - 1, most, most + 1, ~u128{0}, std::uint64_t{1} << 63, 2 * most + 4});
  BOOST_TEST(rounded_by_doubles(tensor, {true, 16}) == 1u);   // 2^53 + 1; 2^54 + 4 has 53 bits and zeros
  BOOST_TEST(rounded_by_doubles(tensor, {false, 16}) == 2u);  // and 2^64 - 1
  BOOST_TEST(rounded_by_doubles(tensor, {true, 0}) == 0u);
}

// What was written is read back as the same elements, signed or not, for every width and file type.
RC_BOOST_PROP(files_give_their_tensor_back, ()) {
  const unsigned width = *rc::gen::element(1u, 7u, 8u, 31u, 32u, 63u, 64u, 65u, 72u, 128u);
  const ElementType element = *rc::gen::element(ring(width), bits(width));
  const Shape shape =
      *rc::gen::element(Shape{}, Shape{1}, Shape{5}, Shape{3, 4}, Shape{2, 3, 5}, Shape{0, 3}, Shape{70});
  const std::string name = *rc::gen::element<std::string>("a.csv", "a.npy", "a.json");
  if (width > 64 && name == "a.npy") RC_DISCARD("NumPy has no such integers");
  const Format format{element.domain == Domain::ring && *rc::gen::arbitrary<bool>(), 0};
  Tensor tensor(element, shape);
  for (std::uint64_t i = 0; i < tensor.elements(); ++i) tensor.set(i, random_u128());
  const TemporaryFolder folder;
  write_data(folder.path(name), tensor, format);
  RC_ASSERT(encode(read_data(folder.path(name)), element, shape, {"x"}) == tensor);
}

BOOST_AUTO_TEST_CASE(a_file_is_replaced_whole) {
  const TemporaryFolder folder;
  const std::string path = folder.write("a.csv", "old");
  ::chmod(path.c_str(), 0640);
  write_data(path, counted({2}), kUnsigned);
  BOOST_TEST(folder.read("a.csv") == "0\n1\n");
  struct stat status {};
  BOOST_TEST(::stat(path.c_str(), &status) == 0);
  BOOST_TEST((status.st_mode & 0777) == 0600u);
  BOOST_TEST(folder.names().size() == 1u);
}

BOOST_AUTO_TEST_CASE(results_are_private_unless_asked_otherwise_and_drawings_are_as_usual) {
  const TemporaryFolder folder;
  const auto mode = [&](const std::string& name) {
    struct stat status {};
    BOOST_TEST_REQUIRE(::stat(folder.path(name).c_str(), &status) == 0);
    return status.st_mode & 0777;
  };
  const auto draw = [&](const std::string& name) {
    OutputFile file(folder.path(name));
    file.commit();
  };
  const mode_t before = ::umask(022);
  write_data(folder.path("new.csv"), counted({2}), kUnsigned);
  write_data(folder.path("shared.csv"), counted({2}), kUnsigned, 0664);
  draw("new.svg");
  ::chmod(folder.write("old.svg", "old").c_str(), 0640);
  draw("old.svg");
  ::umask(before);
  BOOST_TEST(mode("new.csv") == 0600u);
  BOOST_TEST(mode("shared.csv") == 0664u);
  BOOST_TEST(mode("new.svg") == 0644u);
  BOOST_TEST(mode("old.svg") == 0640u);
}

BOOST_AUTO_TEST_CASE(links_are_written_through) {
  const TemporaryFolder folder;
  folder.write("old.csv", "old");
  std::filesystem::create_directory(folder.path("sub"));
  std::filesystem::create_symlink("../old.csv", folder.path("sub/link.csv"));
  std::filesystem::create_symlink("sub/link.csv", folder.path("chain.csv"));
  write_data(folder.path("chain.csv"), counted({2}), kUnsigned);
  BOOST_TEST(folder.read("old.csv") == "0\n1\n");
  BOOST_TEST(std::filesystem::is_symlink(folder.path("chain.csv")));
  BOOST_TEST(std::filesystem::is_symlink(folder.path("sub/link.csv")));
  // One that leads to nothing yet.
  std::filesystem::create_symlink("new.csv", folder.path("dangling.csv"));
  write_data(folder.path("dangling.csv"), counted({1}), kUnsigned);
  BOOST_TEST(std::filesystem::is_symlink(folder.path("dangling.csv")));
  BOOST_TEST(std::filesystem::is_regular_file(folder.path("new.csv")));
  BOOST_TEST(folder.read("new.csv") == "0\n");
  std::filesystem::create_symlink("b.csv", folder.path("a.csv"));
  std::filesystem::create_symlink("a.csv", folder.path("b.csv"));
  BOOST_TEST(message_of([&] { check_writable(folder.path("a.csv")); }) ==
             "cannot write " + folder.path("a.csv") + ": Too many levels of symbolic links");
  std::filesystem::create_symlink("none/x.csv", folder.path("lost.csv"));
  BOOST_TEST(message_of([&] { check_writable(folder.path("lost.csv")); }) ==
             "cannot write " + folder.path("lost.csv") + ": No such file or directory");
}

BOOST_AUTO_TEST_CASE(devices_and_descriptors_are_written_into) {
  const TemporaryFolder folder;
  struct stat before {
  }, after{};
  BOOST_TEST_REQUIRE(::stat("/dev/null", &before) == 0);
  std::filesystem::create_symlink("/dev/null", folder.path("null.csv"));
  check_writable(folder.path("null.csv"));
  write_data(folder.path("null.csv"), counted({2}), kUnsigned);
  BOOST_TEST_REQUIRE(::stat("/dev/null", &after) == 0);
  BOOST_TEST((before.st_ino == after.st_ino && before.st_mode == after.st_mode));
  BOOST_TEST(std::filesystem::is_symlink(folder.path("null.csv")));

  // A descriptor of a regular file: what was written to it stays, and so does the file.
  const int fd = ::open(folder.path("log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  BOOST_TEST_REQUIRE(::write(fd, "before\n", 7) == 7);
  BOOST_TEST_REQUIRE(::fstat(fd, &before) == 0);
  for (const std::string& name : {"/dev/fd/" + std::to_string(fd), "/proc/self/fd/" + std::to_string(fd)}) {
    check_writable(name);
    OutputFile file(name, kPrivate);
    file.append("now\n");
    file.commit();
  }
  BOOST_TEST_REQUIRE(::write(fd, "after\n", 6) == 6);
  BOOST_TEST_REQUIRE(::stat(folder.path("log").c_str(), &after) == 0);
  ::close(fd);
  BOOST_TEST(before.st_ino == after.st_ino);
  BOOST_TEST(folder.read("log") == "before\nnow\nnow\nafter\n");
  const int reading = ::open(folder.path("log").c_str(), O_RDONLY | O_CLOEXEC);
  const std::string name = "/dev/fd/" + std::to_string(reading);
  BOOST_TEST(message_of([&] { check_writable(name); }) ==
             "cannot write " + name + ": it is open for reading alone");
  ::close(reading);
  BOOST_TEST(message_of([] {
               OutputFile full("/dev/full");
               full.append("x");
               full.commit();
             }) == "cannot write /dev/full: No space left on device");
}

BOOST_AUTO_TEST_CASE(a_fifo_is_written_into_once_somebody_reads_it) {
  const TemporaryFolder folder;
  const std::string path = folder.path("pipe.csv");
  BOOST_TEST_REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  check_writable(path);  // does not wait
  std::string got;
  std::thread reader([&] { got = folder.read("pipe.csv"); });
  const Tensor many = counted({100'000});  // more than a pipe holds
  write_data(path, many, kUnsigned);
  reader.join();
  BOOST_TEST(std::filesystem::is_fifo(path));
  BOOST_TEST(got.size() == 588'890u);
  BOOST_TEST(got.ends_with("\n99999\n"));
  BOOST_TEST(folder.names().size() == 1u);
}

BOOST_AUTO_TEST_CASE(all_names_of_a_file_are_one) {
  const TemporaryFolder folder;
  const std::string file = folder.write("a.csv", "");
  std::filesystem::create_symlink("a.csv", folder.path("link.csv"));
  std::filesystem::create_hard_link(file, folder.path("hard.csv"));
  std::filesystem::create_directory(folder.path("sub"));
  std::filesystem::create_symlink(folder.path(""), folder.path("sub/up"));
  std::filesystem::create_symlink("new.csv", folder.path("to_new.csv"));
  for (const char* other : {"link.csv", "hard.csv", "sub/../a.csv", "sub/up/a.csv", "./a.csv"})
    BOOST_TEST((identity_of(folder.path(other)) == identity_of(file)), other);
  for (const char* other : {"to_new.csv", "sub/up/new.csv", "sub/../to_new.csv"})
    BOOST_TEST((identity_of(folder.path(other)) == identity_of(folder.path("new.csv"))), other);
  BOOST_TEST((identity_of(file) != identity_of(folder.path("new.csv"))));
  BOOST_TEST((identity_of(folder.path("sub/new.csv")) != identity_of(folder.path("new.csv"))));
  BOOST_TEST(!identity_of("/dev/null").has_value());
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  BOOST_TEST((identity_of(fd) == identity_of(file)));
  BOOST_TEST(!identity_of("/dev/fd/" + std::to_string(fd)).has_value());
  ::close(fd);
}

BOOST_AUTO_TEST_CASE(a_signal_waits_for_a_file_and_ends_the_wait_for_a_reader) {
  const TemporaryFolder folder;
  const std::string path = folder.write("a.csv", "old"), fifo = folder.path("pipe.csv");
  BOOST_TEST_REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  int ends[2];
  BOOST_TEST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    const Interrupts outer;
    OutputFile file(path);
    file.append(std::to_string(number));
    ::raise(number);
    BOOST_TEST(Interrupts::pending());
    file.commit();
    BOOST_TEST(folder.read("a.csv") == std::to_string(number));
    BOOST_TEST(message_of([&] { OutputFile unread(fifo); }) == "cannot write " + fifo + ": interrupted");
    BOOST_TEST(message_of([&] {
                 OutputFile unread(ends[1], "a pipe");
                 unread.append(std::string(1 << 20, '.'));
                 unread.commit();
               }) == "cannot write a pipe: interrupted");
    Interrupts::forget();
  }
  ::close(ends[0]), ::close(ends[1]);
  BOOST_TEST(folder.names().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_signal_takes_effect_when_the_file_is_complete) {
  const TemporaryFolder folder;
  const std::string path = folder.path("a.csv");
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGTERM, SIG_DFL);
    {
      OutputFile file(path);
      file.append("whole");
      ::raise(SIGTERM);
      file.commit();
    }
    ::_exit(0);
  }
  int status = 0;
  BOOST_TEST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_TEST((WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM));
  BOOST_TEST(folder.read("a.csv") == "whole");
  BOOST_TEST(folder.names().size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_abandoned_file_leaves_nothing) {
  const TemporaryFolder folder;
  const std::string path = folder.write("a.csv", "old");
  {
    OutputFile file(path);
    file.append(std::string(std::size_t{3} << 20, 'x'));
    BOOST_TEST(folder.names().size() == 2u);
  }
  BOOST_TEST(folder.names().size() == 1u);
  BOOST_TEST(folder.read("a.csv") == "old");
}

BOOST_AUTO_TEST_CASE(two_writers_of_one_file_do_not_meet) {
  const TemporaryFolder folder;
  OutputFile first(folder.path("a.csv")), second(folder.path("a.csv"));
  first.append("first");
  second.append("second");
  second.commit();
  first.commit();
  BOOST_TEST(folder.read("a.csv") == "first");
  BOOST_TEST(folder.names().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_rename_that_fails_leaves_nothing) {
  const TemporaryFolder folder;
  const std::string path = folder.path("a.csv");
  OutputFile file(path);
  file.append("x");
  // The target becomes a folder after the file was begun.
  std::filesystem::create_directories(path + "/full");
  BOOST_TEST(message_of([&] { file.commit(); }) == "cannot write " + path + ": Is a directory");
  std::filesystem::remove_all(path);
}

BOOST_AUTO_TEST_CASE(targets_that_cannot_be_written) {
  const TemporaryFolder folder;
  const Tensor tensor = counted({2});
  std::filesystem::create_directory(folder.path("d.csv"));
  BOOST_TEST(message_of([&] { write_data(folder.path("d.csv"), tensor, kUnsigned); }) ==
             "cannot write " + folder.path("d.csv") + ": it is a folder");
  BOOST_TEST(message_of([&] { write_data(folder.path("none/a.csv"), tensor, kUnsigned); }) ==
             "cannot write " + folder.path("none/a.csv") + ": No such file or directory");
  BOOST_TEST(message_of([&] { write_data(folder.path("a.txt"), tensor, kUnsigned); }) ==
             "cannot write " + folder.path("a.txt") + ": expected a name that ends in .csv, .npy or .json");
  BOOST_TEST(folder.names().size() == 1u);
  if (::geteuid() == 0) {
    // The superuser may write anywhere; a folder of the kernel refuses even it.
    BOOST_TEST(message_of([&] {
                 write_data("/proc/a.csv", tensor, kUnsigned);
               }).starts_with("cannot write /proc/a.csv: "));
    return;
  }
  const std::string path = folder.write("a.csv", "old");
  std::filesystem::permissions(folder.path(""),
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  BOOST_TEST(message_of([&] { write_data(path, tensor, kUnsigned); }) ==
             "cannot write " + path + ": Permission denied");
  BOOST_TEST(folder.read("a.csv") == "old");
}

BOOST_AUTO_TEST_CASE(tables_of_scalars_and_vectors) {
  BOOST_TEST(table(scalar(255, ring(8)), kSigned, 10) == "-1");
  BOOST_TEST(table(counted({3}), kUnsigned, 10) == "0  1  2");
  BOOST_TEST(table(counted({0}), kUnsigned, 10) == "empty [0]");
  const std::string text = table(counted({699}), kUnsigned, 2);
  BOOST_TEST(text.starts_with("  0    1    2"));
  BOOST_TEST(text.find("\n 19   20") != std::string::npos, text);
  BOOST_TEST(text.ends_with("\n… 661 more"), text);
  BOOST_TEST(table(counted({5}), kUnsigned, 0) == "… 5 more");
}

BOOST_AUTO_TEST_CASE(tables_of_matrices) {
  BOOST_TEST(table(counted({2, 3}, ring(8)), kUnsigned, 10) == "0  1  2\n3  4  5");
  BOOST_TEST(table(counted({4, 3}), kUnsigned, 10) == "0   1   2\n3   4   5\n6   7   8\n9  10  11");
  BOOST_TEST(table(counted({4, 3}), kUnsigned, 1) == "0  1  2\n… 3 more rows");
  BOOST_TEST(table(counted({2, 1}), kUnsigned, 1) == "0\n… 1 more row");
  BOOST_TEST(table(counted({2, 2, 2}), kUnsigned, 3) == "[0]:\n0  1\n2  3\n[1]:\n4  5\n… 1 more row");
  BOOST_TEST(table(counted({2, 1, 1, 2}), kUnsigned, 9) == "[0, 0]:\n0  1\n[1, 0]:\n2  3");
  const std::string wide = table(counted({1, 1000}), kUnsigned, 9);
  BOOST_TEST(wide.ends_with("  … 973 more"), wide);
}

BOOST_AUTO_TEST_SUITE_END()
