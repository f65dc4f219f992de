// What medusa-shiprocket-fulfillment-sbl imports from @medusajs/utils and @medusajs/framework/utils.
class MedusaError extends Error {
  static Types = {
    INVALID_DATA: "invalid_data",
    NOT_ALLOWED: "not_allowed",
    NOT_FOUND: "not_found",
    UNAUTHORIZED: "unauthorized",
    UNEXPECTED_STATE: "unexpected_state",
  };

  constructor(type, message) {
    super(message);
    this.type = type;
  }
}

module.exports = { MedusaError };
