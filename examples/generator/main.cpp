// Writes examples/contoso, or a large file for the benchmarks. The same on every machine.
//
//   generate_example FOLDER
//   generate_example --bulk email-events|extended ROWS FILE
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "mail.hpp"

int main(int argc, char** argv) {
  using namespace postern::example;
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 4 && words[0] == "--bulk") {
    const std::uint64_t rows = std::strtoull(words[2].c_str(), nullptr, 10);
    if (words[1] == "email-events") {
      write_bulk_events(words[3], rows);
    } else if (words[1] == "extended") {
      write_bulk_extended(words[3], rows);
    } else {
      fmt::print(stderr, "no bulk format '{}'\n", words[1]);
      return 2;
    }
    return 0;
  }
  if (words.size() != 1) {
    fmt::print(stderr,
               "usage: generate_example FOLDER\n"
               "       generate_example --bulk email-events|extended ROWS FILE\n");
    return 2;
  }
  const std::string& folder = words[0];
  std::filesystem::create_directories(folder + "/tenant");
  std::filesystem::create_directories(folder + "/evidence");
  Random random(20261001);
  const std::vector<Actor> actors = make_actors();
  const std::vector<Mail> mail = make_mail(actors, random);
  write_tenant(folder + "/tenant");
  write_email_events(folder + "/evidence", mail, random);
  write_historical(folder + "/evidence", mail, random);
  write_messages(folder + "/evidence", mail);
  write_truth(folder + "/truth.csv", actors, mail);
  return 0;
}
