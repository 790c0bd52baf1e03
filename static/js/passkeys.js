// Buttons of passkeys are there where the browser has any, and say in words when the device did not go along.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  if (!window.PublicKeyCredential) return;
  document.querySelectorAll("[data-passkey]").forEach((part) => part.removeAttribute("hidden"));
  document.querySelectorAll("[data-passkey-missing]").forEach((part) => part.setAttribute("hidden", ""));
});

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.querySelectorAll("[data-passkey-trouble]").forEach((part) => part.removeAttribute("hidden"));
});
