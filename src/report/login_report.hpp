// What postern login found, as text and JSON ("postern/login/1", docs/schema/login-1.json).
#pragma once

#include <string>
#include <vector>

#include "exchange/check.hpp"
#include "report/style.hpp"

namespace postern::report {

struct LoginHeading {
  std::string name;
  std::string sign_in;
  std::string exchange_host;
};

struct LoginDocument {
  const LoginHeading& heading;
  const std::vector<exchange::CheckLine>& lines;
};

std::string login_text(const LoginDocument&, const Style&);
std::string login_json(const LoginDocument&, const Style&);

}  // namespace postern::report
