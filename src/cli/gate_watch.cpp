#include "cli/gate_watch.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "cli/watch.hpp"
#include "gate/admin_client.hpp"
#include "gate/page_session.hpp"
#include "page/terminal.hpp"
#include "report/style.hpp"

namespace postern::cli {
namespace {

// What the page was told now, as a browser that is signed in asks for it.
Result<page::Told> ask_all(const std::string& address, const gate::PageSessions& sessions) {
  const std::string set = sessions.cookie_for("a terminal", std::time(nullptr));
  const std::string cookie = set.substr(0, set.find(';'));
  page::Told told;
  for (const auto& [path, into] : {std::pair{"/api/state", &told.state},
                                   {"/api/senders", &told.senders},
                                   {"/api/rows", &told.rows},
                                   {"/api/changes", &told.changes}}) {
    auto answer = gate::ask_admin(address, path, cookie);
    if (!answer) return tl::unexpected(answer.error());
    *into = std::move(*answer);
  }
  return told;
}

bool print(std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
         std::fflush(stdout) == 0;
}

}  // namespace

int watch_gate(const GateArguments& arguments, const gate::Settings& settings,
               const Environment& environment) {
  if (!settings.page.open()) {
    return report_error({"has no [page]", arguments.file.empty() ? "settings" : arguments.file,
                         "add [page] with token_file, and restart the gate"});
  }
  const auto sessions = gate::PageSessions::read(settings.page.token_file);
  if (!sessions) return report_error(sessions.error());
  // A terminal that can't be drawn on anew gets what changed, below what it has.
  const bool draws = environment.output_is_terminal && !environment.dumb_terminal;
  report::Style style{draws && !environment.no_color,
                      std::max<std::size_t>(environment.columns, 60), draws};
  std::string before;
  bool answered = false;
  do {
    auto told = ask_all(settings.admin_listen, *sessions);
    if (!told && !answered) return report_error(told.error());
    answered = true;
    // A gate that is started anew is waited for.
    auto text = told ? page::terminal_page(*told, style)
                     : Result<std::string>("No answer: " + told.error().line() + '\n');
    if (!text) return report_error(text.error());
    // The clock alone is nothing new.
    const std::string_view news = std::string_view(*text).substr(text->find('\n') + 1);
    if (draws) {
      if (!print("\x1b[H\x1b[2J" + *text)) return holds;
    } else if (news != before) {
      if (!print((before.empty() ? "" : "--\n") + *text)) return holds;
    }
    before = news;
  } while (wait_for_reader(std::chrono::seconds(arguments.every)));
  return holds;
}

}  // namespace postern::cli
