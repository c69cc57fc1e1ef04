#include "tenant/rule_properties.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/join.hpp"

namespace postern::tenant {
namespace {

using R = TransportRule;
using Part = RuleProperty::Part;

constexpr std::array<RuleProperty, 19> properties{{
    {"State", "enabled", "State.", Part::state, &R::enabled},
    {"Mode", "enforced", "Mode is Enforce.", Part::state, &R::enforced},
    {"Priority", "priority", "Priority; rules act in this order, from 0.", Part::order,
     &R::priority},
    {"StopRuleProcessing", "stop_rule_processing",
     "StopRuleProcessing: what the rule takes, no later rule sees.", Part::order,
     &R::stop_rule_processing},
    {"SenderDomainIs", "sender_domain_is", "SenderDomainIs.", Part::condition,
     &R::sender_domain_is},
    {"From", "from", "From.", Part::condition, &R::from},
    {"FromAddressContainsWords", "from_address_contains_words", "FromAddressContainsWords.",
     Part::condition, &R::from_address_contains_words},
    {"FromAddressMatchesPatterns", "from_address_matches_patterns", "FromAddressMatchesPatterns.",
     Part::condition, &R::from_address_matches_patterns},
    {"SenderIpRanges", "sender_ip_ranges", "SenderIpRanges.", Part::condition,
     &R::sender_ip_ranges},
    {"HeaderContainsMessageHeader", "header_contains_message_header",
     "HeaderContainsMessageHeader.", Part::condition, &R::header_contains_message_header},
    {"ExceptIfHeaderContainsMessageHeader", "except_if_header",
     "ExceptIfHeaderContainsMessageHeader.", Part::exception, &R::except_if_header},
    {"ExceptIfHeaderContainsWords", "except_if_header_words", "ExceptIfHeaderContainsWords.",
     Part::exception, &R::except_if_header_words},
    {"FromScope", "from_scope", "FromScope.", Part::condition, &R::from_scope},
    {"SetSCL", "set_scl", "SetSCL; -1 skips spam filtering.", Part::action, &R::set_scl},
    {"Quarantine", "quarantine", "Quarantine.", Part::action, &R::quarantine},
    {"DeleteMessage", "delete_message", "DeleteMessage.", Part::action, &R::delete_message},
    {"RejectMessageReasonText", "rejects", "Whether the rule rejects with a reason.", Part::action,
     &R::rejects},
    {"SetHeaderName", "set_header_name", "SetHeaderName.", Part::order, &R::set_header_name},
    {"SetHeaderValue", "set_header_value", "SetHeaderValue.", Part::order, &R::set_header_value},
}};

// What Get-TransportRule shows besides conditions and exceptions: what the rule is called and by
// whom it was made, how it is written, and what it does. HeaderContainsWords belongs to
// HeaderContainsMessageHeader, which narrows already. ActivationDate and ExpiryDate are not here:
// they narrow a rule to a time.
constexpr auto no_conditions = std::to_array<std::string_view>(
    {// marks
     "Name", "Identity", "Id", "Guid", "ImmutableId", "DistinguishedName", "OrganizationId",
     "OrganizationalUnitRoot", "RunspaceId", "PSComputerName", "PSShowComputerName", "ObjectState",
     "ObjectCategory", "ObjectClass", "ExchangeVersion", "ExchangeObjectId", "IsValid",
     "WhenChanged", "WhenChangedUTC", "WhenCreated", "WhenCreatedUTC", "CreatedBy",
     "LastModifiedBy", "ManuallyModified", "Comments", "Description", "DlpPolicy", "DlpPolicyId",
     "RuleVersion", "RuleSubType", "Size", "RegexSize", "UseLegacyRegex", "ResourceName",
     "ResourceId", "Ensure", "Enabled", "TenantId", "ApplicationId",
     // how it works
     "Conditions", "Exceptions", "Actions", "RuleErrorAction", "SenderAddressLocation",
     "RecipientAddressType", "HeaderContainsWords", "ADComparisonOperator",
     // actions
     "PrependSubject", "SetAuditSeverity", "ApplyClassification", "ApplyHtmlDisclaimerLocation",
     "ApplyHtmlDisclaimerText", "ApplyHtmlDisclaimerFallbackAction",
     "ApplyRightsProtectionTemplate", "ApplyRightsProtectionCustomizationTemplate", "RemoveHeader",
     "AddToRecipients", "CopyTo", "BlindCopyTo", "AddManagerAsRecipientType",
     "ModerateMessageByUser", "ModerateMessageByManager", "RedirectMessageTo",
     "RejectMessageEnhancedStatusCode", "Disconnect", "SmtpRejectMessageRejectText",
     "SmtpRejectMessageRejectStatusCode", "LogEventText", "SenderNotificationType",
     "GenerateIncidentReport", "IncidentReportOriginalMail", "IncidentReportContent",
     "RouteMessageOutboundConnector", "RouteMessageOutboundRequireTls", "ApplyOME", "RemoveOME",
     "RemoveOMEv2", "RemoveRMSAttachmentEncryption", "GenerateNotification", "SetHeaderName",
     "SetHeaderValue"});

struct Shown {
  const RuleProperty& property;
  const R& rule;

  std::string operator()(bool R::*at) const {
    if (property.name == "State") return rule.*at ? "Enabled" : "Disabled";
    if (property.name == "Mode") return rule.*at ? "Enforce" : "not Enforce";
    return rule.*at ? "True" : "False";
  }
  std::string operator()(std::string R::*at) const {
    return (rule.*at).empty() ? "empty" : rule.*at;
  }
  std::string operator()(std::vector<std::string> R::*at) const {
    return (rule.*at).empty() ? "empty" : joined(rule.*at);
  }
  std::string operator()(std::optional<int> R::*at) const {
    return rule.*at ? std::to_string(*(rule.*at)) : "empty";
  }
};

}  // namespace

std::span<const RuleProperty> rule_properties() noexcept {
  return properties;
}

std::string shown(const RuleProperty& property, const TransportRule& rule) {
  return std::visit(Shown{property, rule}, property.member);
}

bool is_exception(std::string_view name) noexcept {
  return istarts_with(name, "ExceptIf");
}

bool is_other_condition(std::string_view name) {
  const auto is_name = [&](std::string_view each) { return iequals(each, name); };
  return !is_exception(name) && name.find('@') == std::string_view::npos &&
         std::none_of(no_conditions.begin(), no_conditions.end(), is_name) &&
         std::none_of(properties.begin(), properties.end(),
                      [&](const RuleProperty& each) { return iequals(each.name, name); });
}

}  // namespace postern::tenant
