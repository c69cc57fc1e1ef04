// A tenant in Exchange's own property names, always in the same form: what a plan was made from and
// what a record compares. Reading it back is tenant::parse, as of any export. Internal to the room:
// the library's header is heavy.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.hpp"
#include "policy/tenant.hpp"

namespace postern::plan {

using Json = nlohmann::ordered_json;

Json connector_json(const policy::InboundConnector&);
/// RejectDirectSend as a member: null where never set, left out where unknown.
void put_switch(policy::RejectDirectSend, Json& into);
/// "OrganizationConfig", "AcceptedDomain", "InboundConnector"; lists sorted.
Json tenant_json(const policy::Tenant&);

/// Which tenant a document is of; the Guid is left out where it is not known.
Json named_tenant_json(const std::string& name, const std::string& source,
                       const std::string& organisation);
/// The Guid in it; empty where there is none.
Result<std::string> organisation_member(const Json& named, const std::string& where);

/// What connector_json wrote. `where` stands in for a place in messages.
Result<policy::InboundConnector> read_connector(const Json&, const std::string& where);
Result<policy::Tenant> read_tenant(const Json&, const std::string& where);
Result<policy::RejectDirectSend> read_switch(const Json&, const std::string& where);

/// Members of a document that a person may have edited: each must be there and of its kind.
Result<std::string> text_member(const Json& object, const char* name, const std::string& where);
Result<Json> object_member(const Json& object, const char* name, const std::string& where);
Result<Json> array_member(const Json& object, const char* name, const std::string& where);
Result<std::vector<std::string>> texts_member(const Json& object, const char* name,
                                              const std::string& where);

/// A document of the form ("postern/record/2"). Errors: no JSON, another kind of document, another
/// version of the form. `written_by` is the command that writes it.
Result<Json> read_document(std::string_view text, const std::string& file, std::string_view form,
                           std::string_view written_by);

/// Two spaces, UTF-8, a newline at the end.
std::string document_text(const Json&);

/// Whether two values are the same; the order of an object's members says nothing.
bool are_equal(const Json&, const Json&);

}  // namespace postern::plan
