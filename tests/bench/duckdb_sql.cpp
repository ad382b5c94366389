// Runs SQL statements on a DuckDB library through its C interface, as its command line would:
//   duckdb_sql LIBDUCKDB.so 'SQL'
// Rows go to standard output, tab-separated. scripts/bench compiles it where a library is found.
#include <dlfcn.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

struct Result {  // duckdb_result of the C interface
  uint64_t deprecated[3];
  void* data[3];
};

void* library = nullptr;

template <class F>
F* symbol(const char* name) {
  void* found = dlsym(library, name);
  if (!found) std::fprintf(stderr, "duckdb_sql: no %s in the library\n", name);
  return reinterpret_cast<F*>(found);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  library = dlopen(argv[1], RTLD_NOW);
  if (!library) {
    std::fprintf(stderr, "duckdb_sql: %s\n", dlerror());
    return 2;
  }
  auto open = symbol<int(const char*, void**)>("duckdb_open");
  auto connect = symbol<int(void*, void**)>("duckdb_connect");
  auto query = symbol<int(void*, const char*, Result*)>("duckdb_query");
  auto error = symbol<const char*(Result*)>("duckdb_result_error");
  auto columns = symbol<uint64_t(Result*)>("duckdb_column_count");
  auto rows = symbol<uint64_t(Result*)>("duckdb_row_count");
  auto value = symbol<char*(Result*, uint64_t, uint64_t)>("duckdb_value_varchar");
  if (!open || !connect || !query || !error || !columns || !rows || !value) return 2;
  void *database = nullptr, *connection = nullptr;
  if (open(nullptr, &database) || connect(database, &connection)) return 2;
  Result result{};
  if (query(connection, argv[2], &result)) {
    std::fprintf(stderr, "duckdb_sql: %s\n", error(&result));
    return 1;
  }
  uint64_t width = columns(&result);
  for (uint64_t row = 0; row < rows(&result); row++)
    for (uint64_t column = 0; column < width; column++) {
      const char* text = value(&result, column, row);
      std::printf("%s%c", text ? text : "", column + 1 < width ? '\t' : '\n');
    }
  std::fflush(stdout);
  _Exit(0);  // as its own command line: no time is spent on taking the database apart
}
