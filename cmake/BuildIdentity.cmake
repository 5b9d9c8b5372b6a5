# Writes OUTPUT: what tells builds apart, the VERSION and a hash of SOURCES below ROOT. The same sources give the same
# text with any compiler on any machine.
set(all "")
foreach(source IN LISTS SOURCES)
  file(SHA256 ${ROOT}/${source} hash)
  string(APPEND all "${source} ${hash}\n")
endforeach()
string(SHA256 hash "${all}")
string(SUBSTRING ${hash} 0 12 hash)
file(WRITE ${OUTPUT} "#include \"graph/build_identity.hpp\"

namespace tacet {

std::string_view build_identity() {
  return \"${VERSION}-${hash}\";
}

}  // namespace tacet
")
