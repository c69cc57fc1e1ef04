// What postern explain takes.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/command.hpp"
#include "cli/live_session.hpp"
#include "message/path.hpp"
#include "policy/submission.hpp"

namespace CLI {
class App;
}

namespace postern::cli {

struct ExplainArguments {
  std::string tenant;
  LiveOptions live;
  std::string ip;
  std::string mail_from;
  std::string rcpt_to;
  std::string tls;
  std::string auth = "no";
  std::vector<std::string> certificate;
  std::string observed;
  bool acs = false;
  std::string what_if;
  OutputOptions output;
};

void add_explain_options(CLI::App&, ExplainArguments&);

/// The facts as the rule takes them, and as people read them. The submission's views point to the
/// texts, so it stays where it was made.
struct ExplainedFacts {
  policy::Submission submission;
  std::vector<std::pair<std::string, std::string>> given;  ///< fact and value
  message::Address sender;
  std::string recipient;
  std::vector<std::string> names;
  std::vector<std::string_view> alternative_names;
};

/// Errors: no address, no certificate name.
Result<std::unique_ptr<ExplainedFacts>> facts_of(const ExplainArguments&);

}  // namespace postern::cli
