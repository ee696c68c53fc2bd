---@meta
-- Annotations for the Lua language server; never loaded by the gateway. What the words mean: README.md.

---@class Request
---@field method string Upper case.
---@field tail string What follows the token in the path; "" if nothing.
---@field query table<string, string|string[]>
---@field form table<string, string|string[]> Nested tables where `accepts.body` is "form-brackets".
---@field json any The body (XML and the claims of a token too), or the field named by `accepts.json_field`; nil if there is none.
---@field headers table<string, string> Names in lower case; without credentials.
---@field settings table<string, string|string[]> Without secrets; defaults filled in.
---@field received_at string ISO 8601 in UTC.
---@field channel string The channel's key.
---@field files? { field: string, name: string, size: integer, type: string }[]

---@class Point
---@field kind "phone"|"email"|"handle"
---@field value string As sent; a handle is provider:account:id.
---@field verified? boolean Proven by the channel to be the sender's own.

---@class Field
---@field name string
---@field value string

---@class Call
---@field state "ringing"|"answered"|"ended"|"summary"|"recording"
---@field outcome? "answered"|"missed"|"voicemail"|"busy"|"rejected"|"cancelled"|"failed"|"forwarded"
---@field kind? string
---@field scope? "call"|"leg"
---@field leg? string
---@field parent_thread? string
---@field order? integer
---@field cause? string The provider's own word.
---@field at_source? "provider"|"receipt" Whose clock `occurred_at` is.
---@field line? string Our number.
---@field agents? { extension: string?, name: string?, email: string?, answered: boolean? }[]
---@field wait_s? integer
---@field talk_s? integer
---@field recording? { id: string?, url: string?, needs_fetch: boolean?, expires_at: string? }

---@class Contact
---@field name? string
---@field company? string
---@field locale? string
---@field points? Point[]

---@class ContactEvent
---@field type "submission"|"call"|"message"|"letter"|"order"|"callback_request"
---@field direction? "inbound"|"outbound"|"internal"|"unknown" Inbound if not given.
---@field occurred_at? string ISO 8601; the time of receipt if not given.
---@field event_id? string Unique in the channel for ever.
---@field thread? string
---@field contact? Contact
---@field subject? string
---@field text? string
---@field fields? Field[]
---@field attachments? table[]
---@field attribution? table<string, string>
---@field call? Call
---@field raw_kind? string

---@class Ignored
---@field ignored "probe"|"not_a_contact"|"own"|"internal"|"automatic"|"bounce"|"list"|"status_only"|"spam"|"unsupported_kind"

---@class Fetch
---@field fetch { method: string, url: string }

---@class Found
---@field card_id string  UUID
---@field name? string
---@field company? string
---@field owner_extension? string
---@field owner_name? string
---@field phone string E.164.
---@field url? string

---@class Answer
---@field json? table
---@field body? string
---@field status? integer
---@field headers? table<string, string>

---@class Reading
---@field name? string
---@field company? string
---@field points? Point[]
---@field text? string
---@field fields? Field[]
---@field attribution? table<string, string>
---@field id? string

---@alias Signed string|{ switch: string, cases: table<string, string>, default: string? }

---@class Rule
---@field kind "hmac"|"hash"|"rsa"|"ed25519"|"jwt"|"static"|"basic"|"equals"|"allow_list"
---@field hash? "md5"|"sha1"|"sha256"|"sha512"
---@field key? string|string[] Any of several verifies.
---@field key_encoding? "text"|"hex"|"base64"
---@field from? string
---@field encoding? "hex"|"base64"|"base64url"|"base64(hex)"
---@field prefix? string
---@field list? boolean
---@field string? Signed|Signed[] Any of several verifies.
---@field timestamp? string
---@field tolerance? integer Seconds.
---@field addresses? string[]
---@field optional? boolean
---@field algorithm? "HS256"|"RS256"
---@field claims? table<string, string|true>
---@field body_hash? string The claim that holds SHA-256 of the body in hex.
---@field max_age? integer Seconds since `iat`.

---@class Reply
---@field status? integer
---@field headers? table<string, string>
---@field type? string
---@field body? string
---@field text? string
---@field cases? table[]

---@class Adapter
---@field name string
---@field kind "telephony"|"messenger"|"form"|"shop"|"crm"
---@field title string
---@field accepts { methods: string[]?, body: string?, limit: string|integer?, json_field: string?, json_text: string|string[]? }
---@field settings? table<string, { secret: boolean?, required: boolean?, default: string? }>
---@field handshake? table[]
---@field phones? { international_without_plus: boolean?, anonymous: string[]? }
---@field verify? Rule[]
---@field event_key? string[]
---@field repeat_window? integer Seconds.
---@field lookup? { when: table<string, string|string[]|boolean>, phone: string }
---@field reply? Reply
---@field unsigned? string[]
---@field unproven? string
---@field map fun(request: Request): ContactEvent[]|Ignored|Fetch
---@field answer? fun(request: Request, found: Found): Answer

text = {}

---@param value string
---@return string
function text.trim(value) end

---@param value string
---@param separator string
---@return string[]
function text.split(value, separator) end

---@param value string
---@param needle string
---@return integer?
function text.find(value, needle) end

---@param value string
---@return string
function text.lower(value) end

---@param value string
---@return string
function text.digits(value) end

---The first that is there, as trimmed text; a list gives its first value.
---@param ... any
---@return string?
function text.of(...) end

---@param separator string
---@param ... any
---@return string
function text.join(separator, ...) end

---@param value any
---@return table
function table.of(value) end

---@param value any
---@return integer? From 0 on.
function math.count(value) end

telephony = {}

---@param number any
---@param name? any
---@return { name: string?, points: Point[] }
function telephony.contact(number, name) end

---@param value any
---@return integer?
function telephony.seconds(value) end

---@param employee any
---@param answered? boolean
---@return { extension: string?, name: string?, answered: boolean? }[]?
function telephony.agents(employee, answered) end

time = {}

---@param value string|integer
---@param zone? string
---@return string?
function time.parse(value, zone) end

form = {}

---@param options? { ignore: string[]?, id: string[]? }
---@return Reading[]
function form.submissions(options) end

---@param value table
---@return Reading
function form.contact(value) end

json = {}

---@param value any
---@return string
function json.encode(value) end

---@param value string
---@return any
function json.decode(value) end

---@param list? table
---@return table
function json.array(list) end
